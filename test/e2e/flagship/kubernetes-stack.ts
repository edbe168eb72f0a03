import { networkInterfaces } from 'node:os';
import { freePort } from '../../../src/temporal';
import { ADMIN_TOKEN, ControlPlane } from '../../kubernetes/support/control-plane';
import { traefik } from '../../tools/traefik';
import { until } from '../support';
import { deployWithService, openGateway, openRoute, rolledOut, rollOut, setWeights } from './kubernetes-objects';
import type { PodOf } from './kubernetes-objects';
import { policyText, prometheusText, RULES } from './kubernetes-texts';
import { answers, Site } from './site';
import { alertmanagerText } from './texts';

const SOON_MS = 180_000;
const CONTROLLER = 'traefik.io/gateway-controller';

/**
 * The service on a real Kubernetes: eu behind a route between two Deployments, us one Deployment that is rolled. A real
 * gateway carries the traffic; kwok plays the machines, and processes of the test what would run in the containers.
 */
export class KubernetesStack extends Site {
  readonly plane = new ControlPlane();
  private pods: Readonly<Record<'euNew' | 'euOld' | 'usNew' | 'usOld', PodOf>> | undefined;

  async open(): Promise<void> {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    this.fail({});
    const ports = await this.choosePorts();
    const web = await freePort();
    const host = ownAddress();
    await this.plane.start(say, { definitions: ['gateway-api.yaml'], address: host });
    const [euNew, euOld, usNew, usOld] = [
      { app: 'eu-blue', version: 'v42', port: await freePort() },
      { app: 'eu-green', version: 'v41', port: await freePort() },
      { app: 'us', version: 'v42', port: await freePort() },
      { app: 'us', version: 'v41', port: await freePort() },
    ] as const;
    this.pods = { euNew, euOld, usNew, usOld };
    const all = [euNew, euOld, usNew, usOld];
    await Promise.all(all.map(({ app, version, port }) => this.startApp(`${app}-${version}`, port, version, host)));
    const { program, definitions } = await traefik(say);
    for (const each of definitions) await this.plane.define(each);
    await this.openGateway(web, program);
    await Promise.all([euNew, euOld, usOld].map((pod) => deployWithService(this.plane.kube, pod)));
    await openRoute(this.plane.kube, 'eu', { 'eu-blue': 0, 'eu-green': 100 });
    await openRoute(this.plane.kube, 'us', { us: 100 });
    const visited = ['eu', 'us'].map((region) => `http://127.0.0.1:${web}/${region}`);
    for (const url of visited)
      await until(
        async () => ((await answers(url)) ? true : undefined),
        SOON_MS,
        () => url,
      );
    const kubeconfig = this.plane.kubeconfig({ token: ADMIN_TOKEN });
    const served = all.map(({ app, version, port }) => ({ region: app.slice(0, 2), version, port }));
    await this.openAround(
      {
        prometheus: prometheusText(served, host, ports),
        rules: RULES,
        alertmanager: alertmanagerText(this.gatewayUrl),
        policy: policyText(kubeconfig, ports, this.reports),
      },
      visited,
    );
  }

  /** What a deployment does: the new revision gets everything in both regions. */
  async deploy(): Promise<void> {
    const { kube } = this.plane;
    await setWeights(kube, 'eu', { 'eu-blue': 100, 'eu-green': 0 });
    if (this.pods) await rollOut(kube, this.pods.usNew);
    const isThere = async (): Promise<true | undefined> => ((await rolledOut(kube, 'us')) === 'v42' ? true : undefined);
    await until(isThere, SOON_MS, () => 'us never ran v42');
  }

  override async close(): Promise<void> {
    await super.close();
    await this.plane.stop();
  }

  private async openGateway(port: number, program: string): Promise<void> {
    const { kube } = this.plane;
    await this.start(
      'traefik',
      [
        program,
        `--entrypoints.web.address=127.0.0.1:${port}`,
        '--ping=true',
        '--ping.entrypoint=web',
        '--providers.kubernetesgateway=true',
        `--providers.kubernetesgateway.endpoint=${kube.server}`,
        `--providers.kubernetesgateway.token=${ADMIN_TOKEN}`,
        `--providers.kubernetesgateway.certauthfilepath=${this.plane.certificatePath}`,
      ],
      () => answers(`http://127.0.0.1:${port}/ping`),
    );
    await openGateway(kube, port, CONTROLLER);
  }
}

/** An address of this machine that pods may have: Kubernetes takes no loopback address for theirs. */
function ownAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found)
    throw new Error('Kubernetes needs an address of this machine besides loopback for its pods, there is none');
  return found.address;
}
