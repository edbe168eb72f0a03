import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { ControlPlane } from '../../kubernetes/support/control-plane';
import { podTemplate } from '../../kubernetes/support/fleet';
import { helmFolder, helmProgram } from '../../tools/helm';

const SECRETS = '/api/v1/namespaces/default/secrets';

/** A revision of a release as far as tests look at it. */
interface Kept {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

/** The real Helm with charts of its own on a control plane. */
export class HelmCharts {
  private readonly plane: ControlPlane;
  private folder = '';

  constructor(plane: ControlPlane) {
    this.plane = plane;
  }

  async prepare(): Promise<void> {
    this.folder = await helmFolder((line) => process.stderr.write(`${line}\n`));
  }

  /** What a shell has to have. */
  shell(): Readonly<Record<string, string>> {
    const own = this.plane.shell();
    return { ...own, PATH: [this.folder, own['PATH']].join(delimiter) };
  }

  /** What a person would type; gives back what it prints. */
  async type(...words: readonly string[]): Promise<string> {
    return (await this.begin(...words)).stdout;
  }

  begin(...words: readonly string[]) {
    return promisify(execFile)(helmProgram(this.folder), [...words], { env: this.shell() });
  }

  /** A chart with nothing but a note, of that version. */
  note(version: string): string {
    return this.chart(version, {
      'note.yaml': { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME }, data: { version: VERSION } },
    });
  }

  /** A chart of pods that run the version of the value `image.tag` on the machine of the value `node`. */
  pods(): string {
    const { metadata, spec } = podTemplate(NAME, '{{ .Values.image.tag }}');
    const template = { metadata, spec: { ...spec, nodeName: '{{ .Values.node }}' } };
    return this.chart('v1', {
      'pods.yaml': {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: NAME },
        spec: { replicas: 1, selector: { matchLabels: { app: NAME } }, template },
      },
    });
  }

  /** The revisions that the cluster keeps, oldest first. */
  async kept(release: string): Promise<readonly Kept[]> {
    const { items } = await this.plane.kube.get<{ items: readonly Kept[] }>(`${SECRETS}?${selector(release)}`);
    return items.toSorted((a, b) => Number(a.metadata.labels['version']) - Number(b.metadata.labels['version']));
  }

  /** Puts the history back to what it was. */
  async restore(release: string, history: readonly Kept[]): Promise<void> {
    await this.plane.kube.delete(`${SECRETS}?${selector(release)}`);
    for (const { metadata, type, data } of history)
      await this.plane.kube.create(SECRETS, {
        metadata: { name: metadata.name, labels: metadata.labels },
        type,
        data,
      });
  }

  private chart(version: string, templates: Readonly<Record<string, object>>): string {
    const dir = join(this.plane.dir, `chart-${version}-${Object.keys(templates).join()}`);
    mkdirSync(join(dir, 'templates'), { recursive: true });
    writeFileSync(
      join(dir, 'Chart.yaml'),
      stringify({ apiVersion: 'v2', name: 'shop', version: '1.0.0', appVersion: version }),
    );
    for (const [file, object] of Object.entries(templates))
      writeFileSync(join(dir, 'templates', file), stringify(object));
    return dir;
  }
}

const NAME = '{{ .Release.Name }}';
const VERSION = '{{ .Chart.AppVersion }}';
const selector = (release: string): string => `labelSelector=owner%3Dhelm%2Cname%3D${release}`;
