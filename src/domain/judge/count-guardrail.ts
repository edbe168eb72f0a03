import { atBounds, boundsSeen } from './bounds';
import type { CarriedGuardrail } from './carry';
import { differences } from './counters';
import type { BoundStratum, Freshness, StratumIncrement } from './counters';
import { deltaAt, joinedOver, logEvidence, openProcess, stepProcess } from './e-process';
import type { EProcess, Hypothesis } from './e-process';
import type { CountGuardrail, GuardrailLook } from './guardrail';
import { sumOf } from './increments';
import type { StratumReading } from './sample';
import { ALPHA_GUARDRAIL } from './settings';
import type { GuardrailSetting } from './settings';
import type { CohortCounts } from './verdict';

const NONE = { requests: 0, bad: 0 };
const OK_LINE = Math.log(1 / ALPHA_GUARDRAIL);

/** What is no harm yet: so many times current's share and so much on top, which may differ by bound. */
export type Allowance = Pick<Hypothesis, 'rho' | 'delta'> & { readonly deltas?: readonly number[] };

/** A guardrail that has seen nothing. `caps`: most that one interval may add to the proof of harm, and of no harm. `carried`: what the phase before came to. */
export function openCounts(
  setting: GuardrailSetting,
  { rho, delta, deltas }: Allowance,
  phi: number,
  caps: { readonly bad: number; readonly ok: number },
  carried: CarriedGuardrail = {},
): CountGuardrail {
  const opened: CountGuardrail = {
    kind: 'counts',
    setting,
    bad: openProcess({ rho, delta, side: 'above' }, caps.bad, phi, { carried: carried.bad }),
    ok: openProcess({ rho, delta, side: 'below' }, caps.ok, phi, { carried: carried.ok }),
    totals: { stable: NONE, current: NONE },
    memory: {},
  };
  return joined(opened, deltas);
}

/** Harm at any bound is harm, so its e-values are averaged; no harm is no harm at all of them, so the least counts. */
function joined(guardrail: CountGuardrail, deltas?: readonly number[]): CountGuardrail {
  const bounds = boundsOf(guardrail.setting)?.length ?? 1;
  return {
    ...guardrail,
    bad: joinedOver(guardrail.bad, bounds, 'mean', deltas),
    ok: joinedOver(guardrail.ok, bounds, 'least', deltas),
  };
}

/** The bounds that are looked at, of a latency metric without one of its own. */
export function boundsOf({ measure }: GuardrailSetting): readonly number[] | undefined {
  return measure?.kind === 'buckets' ? measure.bounds : undefined;
}

/** The bound in seconds that one of its counts is about: what the judge has chosen, else the policy's own. */
export function boundOf(setting: GuardrailSetting, index: number): number | undefined {
  return boundsOf(setting)?.[index] ?? setting.boundSeconds;
}

/** Adds one look; the same guardrail where nothing usable was seen. */
export function observeCounts(
  before: CountGuardrail,
  strata: readonly StratumReading[],
  look: GuardrailLook,
): CountGuardrail {
  const { fresh } = look;
  const guardrail = withBounds(before, strata);
  const seen = countsIn(guardrail, strata, fresh);
  if (!seen) return guardrail;
  const { setting, bad, ok, totals, lastPairAt } = guardrail;
  const exposed = exposure(guardrail, seen.increments, look);
  const step = (test: EProcess): EProcess => stepProcess(test, exposed, look.widthAfter(lastPairAt));
  return {
    kind: 'counts',
    setting,
    bad: look.settled ? step(bad) : bad,
    ok: look.settled ? step(ok) : ok,
    totals: sumOf([totals, ...exposed]),
    memory: seen.memory,
    lastPairAt: fresh.at,
    heardAt: look.watchedAt,
    seenAt: setting.measure?.kind === 'events' ? seenNow(guardrail, seen.increments, fresh) : undefined,
  };
}

/** What a look adds to a guardrail's counts, by target; undefined without a usable pair. Of events as many requests as events. */
export function countsIn(
  { setting, memory }: Pick<CountGuardrail, 'setting' | 'memory'>,
  strata: readonly StratumReading[],
  fresh: Freshness,
): ReturnType<typeof differences> {
  const read = readable(setting, strata);
  return read && differences(read, memory, fresh);
}

/** Bounds are picked from the past alone, before anything is counted, so that they cannot favour either answer. */
function withBounds(guardrail: CountGuardrail, strata: readonly StratumReading[]): CountGuardrail {
  const { setting } = guardrail;
  if (setting.measure?.kind !== 'buckets' || setting.measure.bounds) return guardrail;
  const bounds = boundsSeen(strata);
  return bounds ? askedAt(guardrail, bounds) : guardrail;
}

/** The same guardrail once the bounds are known at which it is asked. */
export function askedAt(guardrail: CountGuardrail, bounds: readonly number[]): CountGuardrail {
  return joined({ ...guardrail, setting: { ...guardrail.setting, measure: { kind: 'buckets', bounds } } });
}

function readable(setting: GuardrailSetting, strata: readonly StratumReading[]): readonly BoundStratum[] | undefined {
  switch (setting.measure?.kind) {
    case 'buckets':
      return setting.measure.bounds && atBounds(strata, setting.measure.bounds);
    case 'events':
      // As many requests as events, so that a restart is seen in them; exposure takes their place.
      return strata.map(({ target, stable, current }) => ({
        target,
        stable: stable.map((series) => ({ ...series, requests: series.bad })),
        current: current.map((series) => ({ ...series, requests: series.bad })),
      }));
    case 'gauge':
    case undefined:
      return strata;
  }
}

/**
 * Of events, seconds since a target was seen last times the share of the cohort stand for requests: a Poisson count of
 * rate p has E[a^X] = exp(n*p*(a-1)), which is all that the test asks. What a first look brings is a baseline.
 */
function exposure(
  { setting, seenAt = {} }: CountGuardrail,
  increments: readonly StratumIncrement[],
  { fresh: { at }, weights }: GuardrailLook,
): readonly StratumIncrement[] {
  if (setting.measure?.kind !== 'events') return increments;
  return increments.map(({ target, stable, current }) => {
    const last = seenAt[target];
    if (last === undefined) return { target, stable: NONE, current: NONE };
    const seconds = (at - last) / 1_000;
    const share = (weights[target] ?? 0) / 100;
    return {
      target,
      stable: { requests: seconds * share, bad: stable.bad },
      current: { requests: seconds * (1 - share), bad: current.bad },
    };
  });
}

function seenNow(
  { seenAt }: CountGuardrail,
  increments: readonly StratumIncrement[],
  { at }: Freshness,
): Readonly<Record<string, number>> {
  return { ...seenAt, ...Object.fromEntries(increments.map(({ target }) => [target, at])) };
}

/**
 * Whether it is proven to be unharmed, or needs no proof. That rare events have not become more frequent cannot be proven
 * in minutes, so nobody waits for it: it is enough that they were watched and nothing speaks for harm.
 */
export function countsUnharmed(guardrail: CountGuardrail, guardProof: 'required' | 'best-effort'): boolean {
  if (logEvidence(guardrail.ok) >= OK_LINE) return true;
  // Each look without an event speaks against harm, and none inside the settle time counts.
  if (guardrail.setting.measure?.kind === 'events') return logEvidence(guardrail.bad) < 0;
  return guardProof === 'best-effort' && looksUnharmed(guardrail);
}

/** ln of what its proof still lacks. */
export function countsLack({ ok }: CountGuardrail): number {
  return Math.max(0, OK_LINE - logEvidence(ok));
}

/** The highest share of bad events on stable that is no harm, at one of the bounds where there are several. */
export function allowedShare({ ok }: CountGuardrail, current: CohortCounts, bound?: number): number {
  return ok.rho * shareOf(current) + deltaAt(ok, bound);
}

/** The share of bad events, 0 to 1; of events how many a second. */
export function shareOf({ requests, bad }: CohortCounts): number {
  return requests > 0 ? bad / requests : 0;
}

/** Counts at each bound that is looked at, or the only ones there are. */
function partsOf({ stable, current }: CountGuardrail['totals']): readonly Part[] {
  const bounds = Math.max(1, stable.slower?.length ?? 0);
  return Array.from({ length: bounds }, (_, index) => ({
    stable: atBound(stable, index),
    current: atBound(current, index),
    index,
  }));
}

type Part = CountGuardrail['totals'] & { readonly index: number };

/** The counts at one of the bounds; the only ones there are where there is none. */
export function atBound({ requests, bad, slower }: CohortCounts, bound: number): CohortCounts {
  return { requests, bad: slower?.[bound] ?? bad };
}

/** The counts at the bound where stable is furthest beyond what is allowed, with the bound's place. */
export function worstPart(guardrail: CountGuardrail): Part {
  const beyond = ({ stable, current, index }: Part): number =>
    shareOf(stable) - allowedShare(guardrail, current, index);
  const parts = partsOf(guardrail.totals);
  return parts.reduce((worst, part) => (beyond(part) > beyond(worst) ? part : worst), {
    ...guardrail.totals,
    index: 0,
    ...parts[0],
  });
}

/** Where the policy asks for no proof: an estimate within the margin, and nothing that speaks for harm. */
function looksUnharmed(guardrail: CountGuardrail): boolean {
  const within = partsOf(guardrail.totals).every(
    ({ stable, current, index }) => stable.requests > 0 && shareOf(stable) <= allowedShare(guardrail, current, index),
  );
  return within && logEvidence(guardrail.bad) < 0;
}
