import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { freePort } from '../../../src/temporal';
import { argoRollouts } from '../../tools/argo-rollouts';
import { podTemplate } from './fleet';
import { Kube } from './kube';
import type { KubeObject } from './kube';
import { grant, ORDINARY_USER } from './rights';
import { kubernetesTools } from '../../tools/kubernetes';
import type { Definitions, KubernetesTools } from '../../tools/kubernetes';
import { ended } from '../../support/ended';

/** A machine that does much else beside is slow to start it. */
const READY_WITHIN_MS = 5 * 60_000;
/** Who may do everything. */
export const ADMIN_TOKEN = 'token-of-the-administrator';
/** That of `ORDINARY_USER`. */
export const ORDINARY_TOKEN = 'token-of-the-ordinary-user';
const CONTROLLERS =
  'deployment,replicaset,statefulset,endpointslice,namespace,garbagecollector,horizontalpodautoscaling';

/** What runs beside Kubernetes' own parts. */
export interface Additions {
  /** Resources of others; each takes the API server seconds to learn. */
  readonly definitions?: readonly Definitions[];
  /** The controller of Argo Rollouts, with the resources that it moves traffic by. */
  readonly rollouts?: boolean;
  /** The address of the one machine, which pods on its network have, too; without it no pod has one. */
  readonly address?: string;
}

/** A real Kubernetes without containers: the API server and its controllers are real, kwok plays the machines. */
export class ControlPlane {
  readonly dir = mkdtempSync(join(tmpdir(), 'phased-rollback-kubernetes-'));
  private readonly children: ChildProcess[] = [];
  private url = '';
  private programs = '';
  private rollouts = '';

  async start(
    say: (line: string) => void,
    { definitions = [], rollouts = false, address }: Additions = {},
  ): Promise<void> {
    const argo = rollouts ? await argoRollouts(say) : undefined;
    this.rollouts = argo?.controller ?? '';
    const tools = await kubernetesTools(say);
    this.programs = dirname(tools.kubectl);
    const etcd = await this.startEtcd(tools);
    await this.startApiServer(tools, etcd);
    const admin = this.kubeconfig({ token: ADMIN_TOKEN });
    const credentials = ['--kubeconfig', '--authentication-kubeconfig', '--authorization-kubeconfig'];
    this.spawn('kube-controller-manager', tools['kube-controller-manager'], [
      ...credentials.map((flag) => `${flag}=${admin}`),
      `--controllers=${CONTROLLERS}`,
      '--leader-elect=false',
      '--secure-port=0',
      // A test waits for autoscalers, which look every fifteen seconds else.
      '--horizontal-pod-autoscaler-sync-period=1s',
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
    ]);
    const place = address === undefined ? [] : [`--node-ip=${address}`];
    this.spawn('kwok', tools.kwok, ['--kubeconfig', admin, '--manage-all-nodes=true', ...place]);
    const others = argo ? [tools['istio.yaml'], ...argo.definitions] : [];
    for (const file of [...definitions.map((name) => tools[name]), ...others])
      await this.define(readFileSync(file, 'utf8'));
    await this.kube.create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node', annotations: { 'kwok.x-k8s.io/node': 'fake' } },
    });
    await this.untilPodsRun();
    if (argo) await this.controlRollouts(admin);
  }

  /** Its controllers are slower to start than a test waits for what they do. */
  private async untilPodsRun(): Promise<void> {
    const [path, name] = ['/apis/apps/v1/namespaces/default/deployments', 'first'];
    await this.until('the namespace', async () => Boolean(await this.kube.get('/api/v1/namespaces/default')));
    await this.kube.create(path, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: podTemplate(name, 'v1') },
    });
    await this.until('a pod', async () => {
      const { status } = await this.kube.get<{ status: { availableReplicas?: number } }>(`${path}/${name}`);
      return status.availableReplicas === 1;
    });
    await this.kube.delete(`${path}/${name}`);
  }

  /** Another controller of Argo Rollouts, of those alone that are labelled as its own, by way of what stands before. */
  controlRolloutsOf(instance: string, server: string): Promise<void> {
    return this.controlRollouts(this.kubeconfig({ token: ADMIN_TOKEN, server }), `--instance-id=${instance}`);
  }

  private async controlRollouts(kubeconfig: string, ...more: readonly string[]): Promise<void> {
    this.spawn('rollouts-controller', this.rollouts, [
      `--kubeconfig=${kubeconfig}`,
      '--namespace=default',
      '--leader-elect=false',
      `--metricsport=${await freePort()}`,
      `--healthzPort=${await freePort()}`,
      ...more,
    ]);
  }

  /** As the administrator. */
  get kube(): Kube {
    return new Kube(this.url, this.certificate(), ADMIN_TOKEN);
  }

  /** What the server shows, for whoever stands before it. */
  certificates(): { readonly cert: Buffer; readonly key: Buffer } {
    return { cert: this.certificate(), key: readFileSync(join(this.dir, 'certificates', 'apiserver.key')) };
  }

  /** What the shell of a person has who may do everything here. */
  shell(): Readonly<Record<string, string>> {
    const path = [this.programs, process.env['PATH'] ?? ''].join(delimiter);
    return { PATH: path, KUBECONFIG: this.kubeconfig({ token: ADMIN_TOKEN }), HOME: this.dir };
  }

  /** Path of a kubeconfig for that user, of the server itself or of what stands before it. */
  kubeconfig({ token, server }: { readonly token: string; readonly server?: string }): string {
    const cluster =
      server === undefined
        ? { server: this.url, 'certificate-authority-data': this.certificate().toString('base64') }
        : { server, 'insecure-skip-tls-verify': true };
    const path = join(this.dir, `kubeconfig-${Math.random().toString(36).slice(2)}`);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'test', user: { token } }],
    };
    writeFileSync(path, stringify(config));
    return path;
  }

  /** Lets the ordinary user do what the manifest of `deploy/kubernetes` says; gives back how to take it away. */
  grant(manifest: string): Promise<() => Promise<void>> {
    return grant(this.kube, manifest);
  }

  async stop(): Promise<void> {
    for (const child of this.children.toReversed()) await ended(child);
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async startEtcd({ etcd }: KubernetesTools): Promise<string> {
    const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`);
    this.spawn('etcd', etcd, [
      `--data-dir=${join(this.dir, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // Nothing of it is to outlive the machine, whose disk others keep busy.
      '--unsafe-no-fsync',
    ]);
    return `${client}`;
  }

  private async startApiServer(tools: KubernetesTools, etcd: string): Promise<void> {
    const key = join(this.dir, 'accounts.key');
    const tokens = join(this.dir, 'tokens.csv');
    execFileSync('openssl', ['genrsa', '-out', key, '2048'], { stdio: 'ignore' });
    writeFileSync(tokens, `${ADMIN_TOKEN},admin,1,"system:masters"\n${ORDINARY_TOKEN},${ORDINARY_USER},2\n`);
    const port = await freePort();
    mkdirSync(join(this.dir, 'certificates'));
    this.spawn('kube-apiserver', tools['kube-apiserver'], [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${join(this.dir, 'certificates')}`,
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-account-issuer=https://kubernetes.test',
      '--authorization-mode=RBAC',
      `--token-auth-file=${tokens}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--disable-admission-plugins=ServiceAccount',
      // etcd 3.4 cannot tell a watch how far it has come.
      '--feature-gates=WatchList=false',
    ]);
    this.url = `https://127.0.0.1:${port}`;
    await this.until('the API server', async () => this.kube.isReady());
  }

  /** Defines those resources of others that are wanted, and waits until they are there. */
  async define(text: string): Promise<void> {
    for (const document of parseAllDocuments(text)) {
      const definition = document.toJS() as
        (KubeObject & { spec: { group: string; names: { plural: string } } }) | null;
      if (!definition || !WANTED.has(definition.metadata.name)) continue;
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      await this.kube.create(path, definition);
      await this.until(definition.metadata.name, async () => {
        const found = await this.kube.get<{ status?: { conditions?: { type: string; status: string }[] } }>(
          `${path}/${definition.metadata.name}`,
        );
        return (
          found.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true
        );
      });
    }
  }

  private spawn(name: string, program: string, args: readonly string[]): void {
    const log = openSync(join(this.dir, `${name}.log`), 'a');
    const env = { ...process.env, KUBE_FEATURE_WatchListClient: 'false' };
    const child = spawn(program, args, { cwd: this.dir, env, stdio: ['ignore', log, log] });
    process.once('exit', () => child.kill('SIGKILL'));
    this.children.push(child);
  }

  /** Of the certificate by which the API server is known. */
  get certificatePath(): string {
    return join(this.dir, 'certificates', 'apiserver.crt');
  }

  private certificate(): Buffer {
    return readFileSync(this.certificatePath);
  }

  private async until(what: string, look: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      if (await look().catch(() => false)) return;
      if (Date.now() > deadline)
        throw new Error(`${what} is not there after ${READY_WITHIN_MS / 1_000} s, see ${this.dir}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const WANTED: ReadonlySet<string> = new Set([
  ...['gatewayclasses', 'gateways', 'grpcroutes', 'httproutes', 'referencegrants'].map(
    (plural) => `${plural}.gateway.networking.k8s.io`,
  ),
  'virtualservices.networking.istio.io',
  'requests.external.metrics.k8s.io',
  'rollouts.argoproj.io',
  'analysisruns.argoproj.io',
  'analysistemplates.argoproj.io',
  'clusteranalysistemplates.argoproj.io',
  'experiments.argoproj.io',
]);
