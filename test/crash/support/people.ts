import type { RollbackRef } from '../../../src/domain/rollback/request';
import { isForWantOfData } from '../../../src/domain/judge/want-of-data';
import type { StatusView } from '../../../src/domain/rollback/status-view';
import { delay } from './lab';
import { REGIONS } from './world';
import type { Lab } from './lab';

/**
 * How long people wait before they say that it will never be: some forty deaths of five seconds each fit into it, also on
 * a busy machine. A soak lets them wait as long as it takes.
 */
export const patience = { ms: 600_000, everyMs: 100 };

/** A gateway that is asked once answers within seconds, and on a machine that does much else beside within this. */
export const ANSWERED_WITHIN_MS = 60_000;

/** What can no longer come, however long it is waited for. */
class TooLate extends Error {}

/** Looks until there is something to see, whatever is dead meanwhile. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  instead: () => string = () => '',
): Promise<T> {
  const deadline = Date.now() + patience.ms;
  let last = '';
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      if (error instanceof TooLate) throw error;
      last = String(error);
    }
    if (Date.now() > deadline) throw new Error(`never: ${what} ${last} ${instead()}`);
    await delay(patience.everyMs);
  }
}

/** Posts until somebody takes it, as every alert source and every person does; a repeat carries the same id. */
async function deliver(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  let last = '';
  const post = async (): Promise<{ readonly status: number; readonly body: unknown } | undefined> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    last = `${response.status} ${await response.text()}`;
    return response.status >= 500 ? undefined : { status: response.status, body: JSON.parse(last.slice(4)) as unknown };
  };
  return eventually(`${url} takes it`, post, () => last);
}

/** An alert as Alertmanager posts it, repeated until it is accepted. */
export async function alert(lab: Lab, service: string, fingerprint = `of-${service}`): Promise<void> {
  const told = await deliver(`${lab.gatewayUrl}/v1/alerts/alertmanager`, alertBody(service, fingerprint));
  if (told.status !== 202) throw new Error(`the alert was answered ${told.status}: ${JSON.stringify(told.body)}`);
}

/** Starts a rollback as a person does who knows which release it was. */
export async function startByHand(lab: Lab, service: string): Promise<void> {
  const wishes = { service, fromRevision: 'v42', toRevision: 'v41', cause: 'errors', reason: 'as drilled' };
  const told = await deliver(`${lab.gatewayUrl}/v1/rollbacks`, wishes, { 'idempotency-key': `start-${service}` });
  if (told.status !== 202) throw new Error(`the start was answered ${told.status}: ${JSON.stringify(told.body)}`);
}

/** An alert posted once, whatever the answer. */
export async function alertOnce(
  lab: Lab,
  service: string,
  fingerprint: string,
): Promise<{ readonly status: number; readonly retryAfter: string | null }> {
  const response = await fetch(`${lab.gatewayUrl}/v1/alerts/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alertBody(service, fingerprint)),
    signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after') };
}

function alertBody(service: string, fingerprint: string): object {
  const labels = { alertname: 'Failing', service, severity: 'critical', cause: 'errors', environment: 'prod' };
  const startsAt = new Date(Date.now() - 1_000).toISOString();
  return {
    version: '4',
    groupKey: `{}:{service="${service}"}`,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'phased-rollback',
    groupLabels: {},
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: 'http://127.0.0.1:9093',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: { summary: `${service} fails` },
        startsAt,
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint,
      },
    ],
  };
}

/** Tells the past that blame needs. */
export async function importPast(lab: Lab, service: string): Promise<void> {
  const now = Date.now();
  const hour = 3_600_000;
  await deliver(`${lab.gatewayUrl}/v1/services/prod/${service}/releases`, {
    releases: [
      { revision: 'v41', from: now - 26 * hour, to: now - hour / 6, source: 'imported' },
      { revision: 'v42', from: now - hour / 6, source: 'imported' },
    ],
  });
}

/** Puts a service back to where the bad release serves, as a bold deployment would. */
export async function deployAgain(lab: Lab, service: string): Promise<void> {
  const url = `${lab.gatewayUrl}/v1/services/prod/${service}`;
  await deliver(`${url}/commands`, { kind: 'unquarantine', revision: 'v42', reason: 'as drilled' });
  for (const region of REGIONS)
    await eventually(`${service} serves v42 in ${region}`, async () => {
      await lab.foreignShift(service, region, 0);
      return true;
    });
  const releases = [{ revision: 'v42', from: Date.now() - 1_000, source: 'imported' }];
  await deliver(`${url}/releases`, { releases });
}

/** Says a word to the rollback of a service until it is answered; the id makes every repeat harmless. False when refused. */
export async function say(lab: Lab, ref: RollbackRef, kind: string, more: object = {}): Promise<boolean> {
  const id = `${kind}-${ref.service}-${ref.number}`;
  const url = `${lab.gatewayUrl}/v1/rollbacks/prod/${ref.service}/${ref.number}/commands`;
  const said = await deliver(url, { kind, id, reason: 'as drilled', ...more });
  if (said.status === 409) return false;
  if (said.status !== 200 && said.status !== 202)
    throw new Error(`${kind} was answered ${said.status}: ${JSON.stringify(said.body)}`);
  return true;
}

/** Says how far automation may go in the environment, for as long as a drill takes. */
export async function brake(lab: Lab, to: 'ask' | 'on'): Promise<void> {
  const now = Date.now();
  const until = to === 'on' ? {} : { until: now + 600_000 };
  const said = await deliver(`${lab.gatewayUrl}/v1/environments/prod/commands`, {
    kind: 'automation',
    id: `automation-${to}-${now}`,
    to,
    reason: 'as drilled',
    ...until,
  });
  if (said.status !== 200 && said.status !== 202)
    throw new Error(`automation ${to} was answered ${said.status}: ${JSON.stringify(said.body)}`);
}

/** Watches the rollback until the condition holds; `meanwhile` is done at each look before that. */
export async function until(
  lab: Lab,
  ref: RollbackRef,
  what: string,
  holds: (view: StatusView) => boolean,
  meanwhile?: (view: StatusView) => Promise<void>,
): Promise<StatusView> {
  let seen: StatusView | undefined;
  const look = async (): Promise<StatusView | undefined> => {
    const snapshot = await lab.client.status(ref);
    if (snapshot.kind !== 'live') return undefined;
    seen = snapshot.view;
    if (holds(seen)) return seen;
    if (seen.end) throw new TooLate(`it ended before ${what}: ${JSON.stringify(seen.end)}`);
    await meanwhile?.(seen);
    return undefined;
  };
  return eventually(what, look, () => JSON.stringify({ doing: seen?.doing, wait: seen?.wait, next: seen?.next }));
}

/**
 * Answers what a rollback asks because something was dead for longer than it waits by itself: tries again, or lets it
 * begin where only the environment could not be asked. Other questions about traffic are left to who watches.
 */
export async function answerWhatWasDead(lab: Lab, ref: RollbackRef, { wait, evidence }: StatusView): Promise<void> {
  if (!wait) return;
  const kind = wait.reason === 'ENVIRONMENT_SILENT' ? 'approve' : 'retry';
  // Metrics that begin anew before every look stand still for whoever looks.
  const lacksData =
    wait.reason === 'HOLD' && evidence?.verdict !== undefined && isForWantOfData(evidence.verdict.reason);
  if (kind === 'retry' && wait.for !== 'fault' && wait.reason !== 'NOT_READY' && !lacksData) return;
  await say(lab, ref, kind, { id: `${kind}-${wait.id}-${ref.service}-${ref.number}`, waitId: wait.id });
}
