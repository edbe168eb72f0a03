import { toldBy } from './record';
import type { LifeRecord } from './record';

/** What a rollback did that it must never do, whatever died; each in words. Numbers are those of the design's list. */
export type Violations = readonly string[];

const EFFECTS = ['prepare', 'shift'];
const LEAST_REQUESTS = 30;

/** 2: a numbered effect changes its target at most once; who was moved is not moved back but by an unwind. */
export function effectViolations(record: LifeRecord): Violations {
  return Object.entries(record.effects).flatMap(([target, effects]) => {
    const keys = effects.map((effect) => `${effect.rollback} ${effect.operation} ${effect.epoch}/${effect.number}`);
    const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
    const unwound = saidIn(record, 'unwind') >= 0;
    const back = effects.filter((effect) => effect.operation === 'shift' && effect.to < effect.from && !unwound);
    return [
      ...twice.map((key) => `${record.ref.service} ${target}: ${key} was applied twice`),
      ...back.map((effect) => `${record.ref.service} ${target}: moved back from ${effect.from} to ${effect.to} %`),
    ];
  });
}

/** 1, 3, 8: no effect begins in a pause, after an abort, or in mode `ask` before the first approval. */
export function orderViolations(record: LifeRecord): Violations {
  const begins = toldBy(record.history).map((event) => event.what === 'scheduled' && EFFECTS.includes(event.name));
  const within = (what: string, from: number, to: number): Violations =>
    from >= 0 && begins.slice(from, to).includes(true) ? [`${record.ref.service}: an effect begins ${what}`] : [];
  const end = begins.length;
  const { mode } = record.state.request;
  return [
    ...within('while it is paused', saidIn(record, 'pause'), saidIn(record, 'resume')),
    ...within('after an abort', saidIn(record, 'abort'), end),
    ...(mode === 'ask' ? within('before the first approval', 0, saidIn(record, 'approve')) : []),
  ];
}

/** 4: a phase passes only on requests that were seen. */
export function evidenceViolations({ ref, state }: LifeRecord): Violations {
  const passed = state.journal.flatMap((entry) => (entry.verdict?.decision === 'proceed' ? [entry.verdict] : []));
  return passed
    .filter((verdict) => verdict.stable.requests < LEAST_REQUESTS)
    .map((verdict) => `${ref.service}: ${verdict.reason} after ${verdict.stable.requests} requests`);
}

/** 5: what was accepted is answered in the record, and every end has its report. */
export function lossViolations({ ref, state, documents }: LifeRecord, words: readonly string[]): Violations {
  const applied = state.outcomes.filter((outcome) => outcome.result === 'applied').map((outcome) => outcome.kind);
  const lost = words.filter((word) => !applied.includes(word)).map((word) => `${ref.service}: ${word} was lost`);
  const expected = state.request.trigger.kind === 'alert' ? 1 : 0;
  const unheard =
    state.alerts.length === expected ? [] : [`${ref.service}: ${state.alerts.length} alerts instead of ${expected}`];
  const unreported = documents.length === 4 ? [] : [`${ref.service}: archived only ${documents.join(', ')}`];
  return [...lost, ...unheard, ...unreported];
}

/** 6: `succeeded` only where the targets really serve what was planned. */
export function censusViolations({ ref, state, weights }: LifeRecord): Violations {
  if (state.end?.kind !== 'succeeded') return [];
  const short = (state.plan?.extent ?? []).filter((target) => weights[target] !== 100);
  return short.map((target) => `${ref.service}: succeeded, but ${target} serves ${weights[target]} %`);
}

/** 9: as many rollbacks of a service as it had incidents, one after the other. */
export function doubleViolations({ ref, rollbacks }: LifeRecord): Violations {
  const numbers = rollbacks.toSorted((a, b) => a - b);
  const isWhole = numbers.at(-1) === ref.number && numbers.every((number, index) => number === index + 1);
  return isWhole ? [] : [`${ref.service}: rollbacks ${numbers.join()} at number ${ref.number}`];
}

/** Where in the history a command arrived; -1 when it never did. */
function saidIn(record: LifeRecord, kind: string): number {
  return toldBy(record.history).findIndex((event) => event.what === 'signal' && event.name === kind);
}
