import { atBound, countsLack, countsUnharmed, observeCounts, openCounts } from './count-guardrail';
import type { Allowance } from './count-guardrail';
import { logEvidence } from './e-process';
import type { Stake } from './e-process';
import { weightOf } from './family';
import type { Voice } from './family';
import { gaugeLacks, gaugeUnharmed, isAboveThreshold, observeGauge, openGauge } from './gauge-guardrail';
import type { Guardrail, GuardrailLook, Guardrails, LookAt } from './guardrail';
import type { StratumReading } from './sample';
import { ALPHA_GUARDRAIL, harmMargin } from './settings';
import type { GuardrailSetting, HarmMargin, JudgeSettings } from './settings';
import type { JudgeState } from './state';
import { haltIntervals, hasNoControl, roomForBounds } from './tests';
import type { CohortCounts } from './verdict';
import { watchedAt } from './watched';

/** ln of the stake at which a guardrail is proven unharmed. */
export const OK_LINE = Math.log(1 / ALPHA_GUARDRAIL);

/** One event more in ten minutes of full traffic than what current's rate allows is no harm yet. */
const EVENTS_PER_SECOND = 1 / 600;

/** Guardrails that have seen nothing. `toHalt`: most that one interval may add to a proof of harm by one that counts once. */
export function openGuardrails(settings: JudgeSettings, toHalt: number): Guardrails {
  const caps = { bad: toHalt, ok: (OK_LINE + Math.LN2) / settings.minIntervals };
  const opened = (settings.guardrails ?? []).flatMap((setting) => {
    const guardrail = openGuardrail(setting, settings, caps);
    return guardrail ? [[setting.name, guardrail] as const] : [];
  });
  return Object.fromEntries(opened);
}

function openGuardrail(
  setting: GuardrailSetting,
  settings: JudgeSettings,
  caps: { readonly bad: number; readonly ok: number },
): Guardrail | undefined {
  const { margins, phi } = settings;
  const alone = hasNoControl(settings);
  // Alone it is held against another boundary, of which no phase with a control has learnt anything.
  const carried = alone ? undefined : settings.carried?.guardrails?.[setting.name];
  if (setting.measure?.kind === 'gauge') return openGauge(setting, alone, carried);
  const margin = alone ? allowedAlone(setting, margins?.harm) : allowedBeside(setting, margins?.harm);
  // What counts twice needs so much less to decide.
  const room = roomForBounds(setting.measure?.kind === 'buckets') - Math.log(weightOf(setting));
  const bad = caps.bad + room / haltIntervals(settings);
  const own = alone ? burstBefore(setting, settings) : undefined;
  if (!margin || !own) return margin && openCounts(setting, margin, phi, { ...caps, bad }, carried);
  const spread = {
    bad: (bad * haltIntervals(settings)) / Math.max(haltIntervals(settings), own.minIntervals),
    ok: (caps.ok * settings.minIntervals) / Math.max(settings.minIntervals, own.minIntervals),
  };
  return openCounts(setting, margin, Math.max(phi, own.phi), spread, carried);
}

/** In what clumps and waves its bad ones came, where it is held against that past and the policy does not say. */
function burstBefore(
  { before, ...setting }: GuardrailSetting,
  { burst }: JudgeSettings,
): { readonly phi: number; readonly minIntervals: number } | undefined {
  if (burst || limitOf(setting) !== undefined || !before || !('counts' in before)) return undefined;
  return before.burst;
}

/** Beside current, a factor and some points more than it. */
function allowedBeside({ margin, measure }: GuardrailSetting, ofAll: HarmMargin | undefined): Allowance {
  if (measure?.kind !== 'events') return harmMargin({ ...ofAll, ...margin });
  return harmMargin({ ...ofAll, delta: measure.allowedPerSecond ?? EVENTS_PER_SECOND, ...margin });
}

/** Alone, what the policy says; else a factor and some points more than what was before, at each bound. */
function allowedAlone(setting: GuardrailSetting, ofAll: HarmMargin | undefined): Allowance | undefined {
  const limit = limitOf(setting);
  if (limit !== undefined) return { rho: 0, delta: limit };
  const { before, margin } = setting;
  if (!before || !('counts' in before) || before.counts.requests === 0) return undefined;
  const { counts, burst } = before;
  const { rho, delta } = harmMargin({ ...ofAll, ...margin });
  const allowed = (bound: number): number => rho * highestShare(atBound(counts, bound), burst?.spread ?? 1) + delta;
  const deltas = counts.slower?.map((_, bound) => allowed(bound));
  return { rho: 0, delta: deltas?.[0] ?? allowed(0), ...(deltas ? { deltas } : {}) };
}

/** One-sided, wrong in at most 1 of 20. */
const Z = 1.645;

/**
 * The highest share that such counts leave likely, by a normal bound around the share with two more of each (Agresti and
 * Coull), so that none that failed is no proof of none. A past is not sampled on: what it leaves open is nobody's harm.
 */
function highestShare({ requests, bad }: CohortCounts, spread: number): number {
  const share = (bad + 2) / (requests + 4);
  return Math.min(1, bad / requests + Z * Math.sqrt((spread * share * (1 - share)) / requests));
}

/** What the policy itself allows of counts, as a share or as events a second at full traffic. */
function limitOf({ objective, measure }: GuardrailSetting): number | undefined {
  return measure?.kind === 'events' ? measure.allowedPerSecond : objective;
}

/** Adds one look, of each as of the time of its own source. Nothing counts for or against it while the phase settles. */
export function observeGuardrails(
  guardrails: Guardrails,
  readings: Readonly<Record<string, readonly StratumReading[]>>,
  lookAt: LookAt,
): Guardrails {
  const seen: Record<string, Guardrail> = {};
  for (const [name, guardrail] of Object.entries(guardrails)) {
    const look = lookAt(guardrail.setting.laterMs);
    seen[name] = look ? observed(guardrail, readings[name] ?? [], look) : guardrail;
  }
  return seen;
}

function observed(guardrail: Guardrail, strata: readonly StratumReading[], look: GuardrailLook): Guardrail {
  return guardrail.kind === 'counts' ? observeCounts(guardrail, strata, look) : observeGauge(guardrail, strata, look);
}

/** Both tests of a guardrail; undefined where a threshold alone is asked. */
export function testsOfGuardrail(guardrail: Guardrail): { readonly bad: Stake; readonly ok: Stake } | undefined {
  switch (guardrail.kind) {
    case 'counts':
      return { bad: guardrail.bad, ok: guardrail.ok };
    case 'gauge':
      return guardrail.signs;
  }
}

/** What each test speaks for harm with. */
export function harmOfGuardrails({ guardrails }: Pick<JudgeState, 'guardrails'>): readonly Voice[] {
  return Object.values(guardrails).flatMap((guardrail) => {
    const tests = testsOfGuardrail(guardrail);
    return tests ? [{ evidence: logEvidence(tests.bad), weight: weightOf(guardrail.setting) }] : [];
  });
}

/** The names of the guardrails that are not proven to be unharmed, as far as the policy wants proof. */
export function unprovenGuardrails({
  guardrails,
  settings,
}: Pick<JudgeState, 'guardrails' | 'settings'>): readonly string[] {
  const proof = settings.guardProof ?? 'required';
  return Object.entries(guardrails)
    .filter(([, guardrail]) => !isUnharmed(guardrail, proof))
    .map(([name]) => name);
}

/** Whether a proceed need not wait for it. */
export function isUnharmed(guardrail: Guardrail, proof: 'required' | 'best-effort'): boolean {
  switch (guardrail.kind) {
    case 'counts':
      return countsUnharmed(guardrail, proof);
    case 'gauge':
      return gaugeUnharmed(guardrail, proof);
  }
}

/** ln of what the guardrail that is furthest from its proof still lacks; 0 where none is unproven. */
export function missingProof(state: Pick<JudgeState, 'guardrails' | 'settings'>): number {
  const lacking = unprovenGuardrails(state).map((name) => {
    const guardrail = state.guardrails[name];
    if (!guardrail) return 0;
    return guardrail.kind === 'counts' ? countsLack(guardrail) : gaugeLacks(guardrail);
  });
  return Math.max(0, ...lacking);
}

/** The guardrail that speaks loudest for a halt, as ln of its e-value times how much it counts. */
export function loudestGuardrail({
  guardrails,
}: JudgeState): { readonly name: string; readonly evidence: number } | undefined {
  const byEvidence = Object.entries(guardrails)
    .flatMap(([name, guardrail]) => {
      const tests = testsOfGuardrail(guardrail);
      if (!tests) return [];
      return [{ name, evidence: logEvidence(tests.bad) + Math.log(weightOf(guardrail.setting)) }];
    })
    .toSorted((a, b) => b.evidence - a.evidence);
  return byEvidence[0];
}

/** The first gauge that stands above its threshold while current's does not. */
export function guardrailAboveThreshold({ guardrails }: JudgeState): string | undefined {
  return Object.entries(guardrails).find(
    ([, guardrail]) => guardrail.kind === 'gauge' && isAboveThreshold(guardrail),
  )?.[0];
}

/** The first guardrail that has shown nothing for too long; what its source has yet to tell is no silence. */
export function silentGuardrail(state: JudgeState): string | undefined {
  const { guardrails, settings } = state;
  const silent = Object.entries(guardrails).find(([, { heardAt, lastPairAt, setting }]) => {
    const due = settings.startedAt + Math.max(0, setting.laterMs ?? 0);
    return watchedAt(state) - (heardAt ?? lastPairAt ?? due) >= settings.noDataMs;
  });
  return silent?.[0];
}
