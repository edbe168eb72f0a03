import { request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAdapters } from '../../../../src/adapters';
import type { DeploymentTarget } from '../../../../src/ports';
import type { TargetMisbehaviour } from '../../../contract/deployment-target.contract';
import { ADMIN_TOKEN } from '../../../support/unleash';
import type { Unleash } from '../../../support/unleash';
import { testDependencies } from '../../support/dependencies';
import { bodyOf, listen, send } from '../../support/loopback';

/** Who says what v42 and v41 are: whoever releases, on the strategy. */
const NAMES = { 'revision.on': 'v42', 'revision.off': 'v41' };
let made = 0;

/** A flag of its own in a real Unleash, on for all. */
export class UnleashFlags {
  readonly flag: string;
  readonly base: string;
  strategyId = '';
  private readonly url: string;

  constructor(unleash: Unleash) {
    made += 1;
    this.flag = `checkout-${made}`;
    this.url = unleash.url;
    this.base = `/api/admin/projects/default/features/${this.flag}/environments/production`;
  }

  async make(parameters: object = {}, strategy: object = {}): Promise<this> {
    await this.ask('POST', '/api/admin/projects/default/features', { name: this.flag, type: 'release' });
    const all = { rollout: '100', stickiness: 'userId', groupId: this.flag, ...NAMES, ...parameters };
    const added = await this.addStrategy({ name: 'flexibleRollout', parameters: all, ...strategy });
    this.strategyId = added.id;
    await this.ask('POST', `${this.base}/on`);
    return this;
  }

  async addStrategy(strategy: object): Promise<{ id: string }> {
    return (await this.ask('POST', `${this.base}/strategies`, strategy)) as { id: string };
  }

  /** As a person does in Unleash's pages. */
  async set(parameter: string, value: string): Promise<void> {
    const patch = [{ op: 'add', path: `/parameters/${parameter}`, value }];
    await this.ask('PATCH', `${this.base}/strategies/${this.strategyId}`, patch);
  }

  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: ADMIN_TOKEN, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Its one strategy, without what a rollback keeps there. */
  async strategy(): Promise<object> {
    const { strategies } = (await this.ask('GET', this.base)) as { strategies: { parameters: object }[] };
    const [only] = strategies;
    return { ...only, parameters: { ...only?.parameters, phasedRollback: undefined } };
  }

  /** Times that its rollout was changed, by Unleash's own event log. */
  async changes(): Promise<number> {
    const { events } = (await this.ask('GET', `/api/admin/events/${this.flag}`)) as { events: UnleashEvent[] };
    return events.filter(
      ({ type, data, preData }) =>
        type === 'feature-strategy-update' && data?.parameters.rollout !== preData?.parameters.rollout,
    ).length;
  }

  /** What a policy file says of it. */
  get stanza() {
    return { type: 'unleash', url: this.url, token: '${env:UNLEASH_TOKEN}', flag: this.flag };
  }

  target(url = this.url, token = ADMIN_TOKEN, change: object = {}): DeploymentTarget {
    const adapter = { ...this.stanza, url, ...change };
    return createAdapters(testDependencies({ '${env:UNLEASH_TOKEN}': token })).target({
      name: 'eu',
      labels: {},
      adapter,
    });
  }
}

interface UnleashEvent {
  readonly type: string;
  readonly data: { readonly parameters: Readonly<Record<string, string>> } | null;
  readonly preData: { readonly parameters: Readonly<Record<string, string>> } | null;
}

/** A way to Unleash that misbehaves on demand. */
export async function wayTo(unleash: Unleash) {
  let fault: TargetMisbehaviour | undefined;
  let losing: AbortController | undefined;
  let followed = 0;
  let before: (() => Promise<void>) | undefined;
  const server = await listen((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    if (request.url === '/elsewhere') followed += 1;
    if (misbehaved(request, response)) return;
    if (request.method === 'PATCH') await before?.();
    const answer = await forward(request, text);
    if (fault === 'hang') return;
    if (losing && request.method === 'PATCH') {
      losing.abort();
      losing = undefined;
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }

  function forward({ method, url = '', headers }: IncomingMessage, text: string) {
    const { authorization } = headers;
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const sent = httpRequest(
        unleash.url + url,
        { method, headers: { authorization, 'content-type': 'application/json' } },
        (answer) => void bodyOf(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject),
      );
      sent.once('error', reject);
      sent.end(text);
    });
  }

  /** True when the request was met by a fault that keeps it from being carried out. */
  function misbehaved({ method }: IncomingMessage, response: ServerResponse): boolean {
    switch (fault) {
      case 'unreadable':
        response.writeHead(200).end('<html>done</html>');
        return true;
      case 'oversized':
        response.writeHead(200).end(`{"enabled":true,"description":"${'x'.repeat(2_000_000)}"}`);
        return true;
      case 'redirect':
        response.writeHead(307, { location: '/elsewhere' }).end();
        return true;
      case 'telltale':
        send(response, 400, { message: `I know ${ADMIN_TOKEN}` });
        return true;
      case 'unavailable':
        send(response, 503, { message: ADMIN_TOKEN }, { 'retry-after': '7' });
        return true;
      case 'unauthorized':
        send(response, 401, { message: ADMIN_TOKEN });
        return true;
      case 'refuse':
        // As change requests do: who may look may not set.
        if (method === 'PATCH') send(response, 403, { message: 'frozen by ops' });
        return method === 'PATCH';
      case 'gone':
      case 'hang':
      case 'lagging':
      case undefined:
        return false;
    }
  }

  return {
    url: server.url,
    followed: () => followed,
    /** The next change is carried out and not answered; the signal is aborted once that has happened. */
    loseNextChange(): AbortSignal {
      losing = new AbortController();
      return losing.signal;
    },
    /** From now on that happens right before a change arrives. */
    beforeChanges(then: () => Promise<void>): void {
      before = then;
    },
    async misbehave(how: typeof fault): Promise<void> {
      fault = how;
      if (how === 'gone') await server.close();
    },
    close: server.close,
  };
}
