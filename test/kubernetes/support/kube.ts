import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';

/** Any object, as far as tests look at all of them. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly generation?: number;
    readonly annotations?: Record<string, string>;
  };
}

/** What is told of an object that is watched. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** An API server as tests speak to it, beside what is tested. */
export class Kube {
  readonly server: string;
  private readonly ca: Buffer;
  private readonly token: string;

  constructor(server: string, ca: Buffer, token: string) {
    this.server = server;
    this.ca = ca;
    this.token = token;
  }

  async isReady(): Promise<boolean> {
    return (await this.send('GET', '/readyz')).status === 200;
  }

  get<T>(path: string): Promise<T> {
    return this.done<T>('GET', path);
  }

  create(path: string, body: object): Promise<unknown> {
    return this.done('POST', path, body);
  }

  /** Merges into the object. */
  merge(path: string, body: object): Promise<unknown> {
    return this.done('PATCH', path, body, 'application/merge-patch+json');
  }

  delete(path: string): Promise<unknown> {
    return this.done('DELETE', path);
  }

  /** The answer as it comes, for whoever passes it on. */
  send(method: string, path: string, body?: string, headers: Readonly<Record<string, string>> = {}) {
    const own = { Authorization: `Bearer ${this.token}`, Accept: 'application/json', ...headers };
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    return new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
      const outgoing = request(`${this.server}${path}`, { method, ca: this.ca, headers: { ...own, ...length } });
      outgoing.once('error', reject);
      outgoing.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.end(body);
    });
  }

  /** All objects at that path, each as it is now and with each change, until the signal or the server ends it. */
  async *watch<T>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const headers = { Authorization: `Bearer ${this.token}`, Accept: 'application/json' };
    const outgoing = request(`${this.server}${path}?watch=true`, { ca: this.ca, headers, signal });
    try {
      const answered = once(outgoing, 'response');
      outgoing.end();
      const [response] = (await answered) as [IncomingMessage];
      if (response.statusCode !== 200) throw new Error(`watching ${path}: ${response.statusCode}`);
      for await (const line of createInterface({ input: response })) {
        const event = JSON.parse(line) as WatchEvent<T> | { readonly type: 'ERROR' };
        // Such as that what it had seen last is too old to go on from.
        if (event.type === 'ERROR') return;
        yield event;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      outgoing.destroy();
    }
  }

  private async done<T>(method: string, path: string, body?: object, type = 'application/json'): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.send(method, path, text, { 'Content-Type': type });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 500)}`);
    return JSON.parse(answer.body) as T;
  }
}
