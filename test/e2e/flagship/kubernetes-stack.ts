import { networkInterfaces } from 'node:os';
import { freePort } from '../../../src/temporal';
import { ADMIN_TOKEN, ControlPlane } from '../../kubernetes/support/control-plane';
import { traefik } from '../../tools/traefik';
import { until } from '../support';
import { deployWithService, openGateway, openRoute, rolledOut, rollOut } from './kubernetes-objects';
import type { PodOf } from './kubernetes-objects';
import { policyText, prometheusText, RULES } from './kubernetes-texts';
import { answers, Site } from './site';
import { alertmanagerText } from './texts';

const SOON_MS = 180_000;
const CONTROLLER = 'traefik.io/gateway-controller';

/** What the Deployment runs that is released to, what it ran before, and what the one beside it runs all the time. */
type Pods = Readonly<Record<'suspect' | 'before' | 'beside', PodOf>>;

/**
 * The service on a real Kubernetes: a Deployment behind a route, and one beside it that keeps the old revision. A real
 * gateway carries the traffic; kwok plays the machines, and processes of the test what would run in the containers.
 */
export class KubernetesStack extends Site {
  readonly plane = new ControlPlane();
  private pods: Pods | undefined;

  async open(): Promise<void> {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    this.fail({});
    const ports = await this.choosePorts();
    const web = await freePort();
    const host = ownAddress();
    await this.plane.start(say, { definitions: ['gateway-api.yaml'], address: host });
    const pods: Pods = {
      suspect: { app: 'checkout', version: 'v42', port: await freePort() },
      before: { app: 'checkout', version: 'v41', port: await freePort() },
      beside: { app: 'checkout-stable', version: 'v41', port: await freePort() },
    };
    this.pods = pods;
    const all = Object.values(pods);
    await Promise.all(all.map(({ app, version, port }) => this.startApp(`${app}-${version}`, port, version, host)));
    const { program, definitions } = await traefik(say);
    for (const each of definitions) await this.plane.define(each);
    await this.openGateway(web, program);
    await Promise.all([pods.before, pods.beside].map((pod) => deployWithService(this.plane.kube, pod)));
    await openRoute(this.plane.kube, 'checkout', { checkout: 100, 'checkout-stable': 0 });
    const url = `http://127.0.0.1:${web}/checkout`;
    await until(
      async () => ((await answers(url)) ? true : undefined),
      SOON_MS,
      () => url,
    );
    await this.openAround(
      {
        prometheus: prometheusText(all, host, ports),
        rules: RULES,
        alertmanager: alertmanagerText(this.gatewayUrl),
        policy: policyText(this.plane.kubeconfig({ token: ADMIN_TOKEN }), ports),
      },
      [url],
    );
  }

  /** What a deployment does: the new revision takes the place of the old one, pod by pod. */
  async deploy(): Promise<void> {
    const { kube } = this.plane;
    if (this.pods) await rollOut(kube, this.pods.suspect);
    const isThere = async (): Promise<true | undefined> =>
      (await rolledOut(kube, 'checkout')) === 'v42' ? true : undefined;
    await until(isThere, SOON_MS, () => 'v42 was never rolled out');
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
