import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../../src/temporal/lock';
import { fromDebian } from './debian';
import { copySource, goBuild, sourceOf } from './go';
import { cached, ticking } from './installed';

const VERSION = '34.4';
const KWOK = 'v0.7.0';
const PROGRAMS = {
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
} as const;
/** Where the resources of others are defined by those who made them. */
const DEFINITIONS = {
  'gateway-api.yaml': [
    'sigs.k8s.io/gateway-api@v1.4.1',
    'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml',
  ],
  'istio.yaml': ['istio.io/api@v1.27.0', 'kubernetes/customresourcedefinitions.gen.yaml'],
} as const;
/** Resources of others, by the file that defines them. */
export type Definitions = keyof typeof DEFINITIONS;
/** Kubernetes requires these at a version that only its own repository has. */
const STAGED = (
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap ' +
  'code-generator component-base component-helpers controller-manager cri-api cri-client csi-translation-lib ' +
  'dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy ' +
  'kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver sample-cli-plugin ' +
  'sample-controller'
).split(' ');

/** Paths of what makes a control plane, and of the definitions of resources that are not Kubernetes' own. */
export type KubernetesTools = Readonly<Record<keyof typeof PROGRAMS | Definitions | 'etcd', string>>;

/** What a control plane is made of, built once for this user: a quarter of an hour on two cores; etcd is Debian's. */
export async function kubernetesTools(say: (line: string) => void): Promise<KubernetesTools> {
  const folder = cached(`kubernetes-1.${VERSION}`);
  const names = [...Object.keys(PROGRAMS), ...Object.keys(DEFINITIONS)];
  const isThere = (): boolean => names.every((name) => existsSync(join(folder, name)));
  if (!isThere())
    await withLock(`${folder}.lock`, async () => (isThere() ? undefined : build(folder, say)), {
      onWait: (pid) => say(`Process ${pid} builds Kubernetes already; waiting for it.`),
    });
  const etcd = fromDebian('/usr/bin/etcd', 'etcd-server', say);
  // The names are those of the type, by construction.
  return { etcd, ...Object.fromEntries(names.map((name) => [name, join(folder, name)])) } as KubernetesTools;
}

async function build(folder: string, say: (line: string) => void): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const missing = (name: string): boolean => !existsSync(join(folder, name));
  const programs = Object.entries(PROGRAMS).filter(([name]) => missing(name));
  const isSmall = programs.every(([name]) => name === 'kubectl');
  const time = isSmall ? 'some minutes' : 'a quarter of an hour';
  say(
    `Building ${programs.map(([name]) => name).join(', ')} 1.${VERSION} with Go: ${time} on two cores, once for this user.`,
  );
  await ticking(say, programs.map(([name]) => name).join(', '), async () => {
    for (const [name, [module, path]] of Object.entries(DEFINITIONS))
      if (missing(name)) put(join(folder, name), readFileSync(join(sourceOf(folder, module), path)));
    // What is built beside it is built by the same module, which names its source.
    if (missing('kwok') || missing('kwok-source')) fitKwok(folder);
    writeFileSync(join(folder, 'go.mod'), goMod());
    const building = join(folder, 'built');
    mkdirSync(building, { recursive: true });
    const version = `-X k8s.io/component-base/version.gitVersion=v1.${VERSION}`;
    const paths = programs.map(([, path]) => path);
    if (paths.length > 0) await goBuild(folder, ['-ldflags', `-s -w ${version}`, '-o', `${building}/`, ...paths]);
    // A build that was cut off leaves nothing that looks like a program.
    for (const [name] of programs) renameSync(join(building, name), join(folder, name));
  });
}

/** A file that is there is whole: others look for it without the lock. */
function put(file: string, content: Buffer): void {
  writeFileSync(`${file}.draft`, content);
  renameSync(`${file}.draft`, file);
}

/** kwok is built against the same Kubernetes, so that what both need is compiled once; one constant has moved since. */
function fitKwok(folder: string): void {
  const copy = join(folder, 'kwok-source');
  copySource(folder, `sigs.k8s.io/kwok@${KWOK}`, copy);
  const file = join(copy, 'pkg', 'utils', 'informer', 'informer.go');
  const constant = 'metav1.InitialEventsListBlueprintAnnotationKey';
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(constant, '"kubernetes.io/initial-events-list-blueprint"'));
}

function goMod(): string {
  const required = [`k8s.io/kubernetes v1.${VERSION}`, `sigs.k8s.io/kwok ${KWOK}`];
  const staged = STAGED.map((name) => `replace k8s.io/${name} => k8s.io/${name} v0.${VERSION}`);
  const own = 'replace sigs.k8s.io/kwok => ./kwok-source';
  return ['module kubernetes', 'go 1.24', ...required.map((line) => `require ${line}`), ...staged, own, ''].join('\n');
}
