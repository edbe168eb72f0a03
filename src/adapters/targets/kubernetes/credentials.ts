import { stat } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { RetryableError, TerminalError } from '../../../ports';
import { systemCodeOf } from '../../system-code';
import type { ClusterSettings } from './settings';

/** An API server, and what a request to it needs. */
export interface Access {
  readonly server: string;
  readonly options: RequestOptions;
  readonly headers: Readonly<Record<string, string>>;
  /** What of the credentials goes out, and no message may hold. */
  readonly secrets: readonly string[];
}

/** What the client gives to a server that nobody named; asking it could only mislead. */
const NOBODYS_SERVER = 'http://localhost:8080';

interface Kept {
  readonly config: KubeConfig;
  readonly modified: number;
}

/** Kept by file and context, for a credential plugin caches its token in them; read anew when the file changes. */
const kept = new Map<string, Kept>();

/** Where to ask and as whom. Throws `TARGET_MISCONFIGURED`, naming the place and never what stands there. */
export async function accessTo(settings: ClusterSettings): Promise<Access> {
  const config = await configOf(settings);
  const cluster = config.getCurrentCluster();
  const where = placeOf(settings);
  if (!cluster || (cluster.server === NOBODYS_SERVER && settings.kubeconfig === undefined))
    throw misconfigured(
      cluster
        ? 'there is no kubeconfig and no service account: set "kubeconfig", or KUBECONFIG in the environment'
        : `${where} has no cluster for ${settings.context ? `the context "${settings.context}"` : 'its current context'}`,
    );
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw unusable(where, error);
  }
  const headers = headersOf(options);
  return { server: cluster.server, options, headers, secrets: secretsIn(headers, options.auth ?? '') };
}

async function configOf({ kubeconfig, context }: ClusterSettings): Promise<KubeConfig> {
  const file = kubeconfig ?? process.env['KUBECONFIG'] ?? '';
  const key = JSON.stringify([file, context]);
  const modified = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  const before = kept.get(key);
  if (before?.modified === modified) return before.config;
  // Not before it is needed: it is large, and most workers never ask Kubernetes.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    // Only its code: what a parser says holds the lines around the fault.
    const why = systemCodeOf(error) ?? 'it is no kubeconfig';
    throw misconfigured(`${placeOf({ kubeconfig })} cannot be read: ${why}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  kept.set(key, { config, modified });
  return config;
}

function placeOf({ kubeconfig }: ClusterSettings): string {
  return kubeconfig === undefined ? 'the kubeconfig of this process' : `the kubeconfig ${kubeconfig}`;
}

/** A plugin may be slow or offline now; a file that is not there will not come by itself. */
function unusable(where: string, error: unknown): RetryableError | TerminalError {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' || code === 'EACCES')
    return misconfigured(`${where} names a file or program that cannot be used: ${code}`);
  if (error instanceof Error && error.message.startsWith('HTTP protocol is not allowed'))
    return misconfigured(`${where} has an address without TLS: it needs "insecure-skip-tls-verify: true" beside it`);
  return new RetryableError('TARGET_UNREACHABLE', `the credentials of ${where} could not be had`);
}

function misconfigured(message: string): TerminalError {
  return new TerminalError('TARGET_MISCONFIGURED', message);
}

function headersOf({ headers }: RequestOptions): Readonly<Record<string, string>> {
  // The client gives them as an object; its type allows for a list, too.
  const given = headers && !Array.isArray(headers) ? Object.entries(headers) : [];
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

function secretsIn(headers: Access['headers'], auth: string | null): readonly string[] {
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1] ?? '';
  const password = auth?.slice(auth.indexOf(':') + 1) ?? '';
  return [header.replace(/^\S+\s+/, '').trim(), password].filter((secret) => secret !== '');
}
