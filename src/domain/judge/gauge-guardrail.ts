import type { CarriedGuardrail } from './carry';
import { isStale } from './counters';
import type { Freshness } from './counters';
import { logEvidence } from './e-process';
import { hasStake } from './family';
import { gaugeLevel } from './gauge';
import type { GaugeGuardrail, GuardrailLook, Standing } from './guardrail';
import type { SeriesReading, StratumReading } from './sample';
import { ALPHA_GUARDRAIL, harmMargin } from './settings';
import type { GuardrailSetting } from './settings';
import { openSigns, stepSigns } from './sign-process';

const OK_LINE = Math.log(1 / ALPHA_GUARDRAIL);
/** So many of the last looks have to agree on a threshold. */
export const ALIKE = 3;
/** Looks that are asked about a threshold. */
export const LOOKS = 4;
/** Intervals between looks that count, where no history says how long values hang together. */
const UNKNOWN_INTERVALS = 3;

/** What one target shows now. */
interface Level {
  readonly stable: number;
  readonly current?: number;
  /** When the newest of it was measured. */
  readonly at: number;
}

/**
 * A gauge that has shown nothing. `alone`: that there is no current to hold it against, so that only its threshold or what
 * was before can tell. `carried`: what the phase before came to. Undefined where nothing can.
 */
export function openGauge(
  setting: GuardrailSetting,
  alone: boolean,
  carried: CarriedGuardrail = {},
): GaugeGuardrail | undefined {
  const reference = alone && setting.before && 'level' in setting.before ? setting.before.level : undefined;
  const bySigns = hasStake(setting) && (!alone || reference !== undefined);
  if (!bySigns && thresholdOf(setting) === undefined) return undefined;
  return {
    kind: 'gauge',
    setting,
    ...(bySigns ? { signs: { bad: openSigns(carried.bad), ok: openSigns(carried.ok) } } : {}),
    ...(reference === undefined ? {} : { reference }),
    standings: [],
    levels: { stable: 0 },
    readAt: 0,
  };
}

/** The value above which a gauge is harmed, where the policy names one. */
export function thresholdOf({ measure }: GuardrailSetting): number | undefined {
  return measure?.kind === 'gauge' ? measure.threshold : undefined;
}

/** Adds one look; the same guardrail where nothing newer was seen. Nothing counts while the phase settles. */
export function observeGauge(
  guardrail: GaugeGuardrail,
  strata: readonly StratumReading[],
  look: GuardrailLook,
): GaugeGuardrail {
  const { fresh } = look;
  const levels = strata.flatMap((stratum) => levelOf(stratum, fresh) ?? []);
  const readAt = Math.max(...levels.map(({ at }) => at));
  if (levels.length === 0 || readAt <= guardrail.readAt) return guardrail;
  const seen = { ...guardrail, levels: meanOf(levels), lastPairAt: fresh.at, heardAt: look.watchedAt, readAt };
  if (!look.settled) return seen;
  const threshold = thresholdOf(guardrail.setting);
  const standing = threshold === undefined ? [] : [standingOf(levels, threshold)];
  return counted({ ...seen, standings: [...seen.standings, ...standing].slice(-LOOKS) }, levels, look);
}

function levelOf({ stable, current }: StratumReading, fresh: Freshness): Level | undefined {
  const newOnes = (series: readonly SeriesReading[]): readonly SeriesReading[] =>
    series.filter((reading) => !isStale(reading, fresh));
  const [ofStable, ofCurrent] = [gaugeLevel(newOnes(stable)), gaugeLevel(newOnes(current))];
  if (ofStable === undefined || (ofCurrent === undefined && fresh.needsCurrent)) return undefined;
  const at = Math.max(...stable.map((reading) => reading.at));
  return { stable: ofStable, at, ...(ofCurrent === undefined ? {} : { current: ofCurrent }) };
}

function meanOf(levels: readonly Level[]): GaugeGuardrail['levels'] {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const current = levels.flatMap((level) => level.current ?? []);
  return {
    stable: mean(levels.map(({ stable }) => stable)),
    ...(current.length === 0 ? {} : { current: mean(current) }),
  };
}

/** Stable alone above the threshold on any target is the worst that can be said; both above it is no new harm. */
function standingOf(levels: readonly Level[], threshold: number): Standing {
  const above = levels.filter(({ stable }) => stable > threshold);
  if (above.length === 0) return 'within';
  return above.some(({ current }) => current === undefined || current <= threshold) ? 'above' : 'both';
}

/** One look in the time over which values hang together: what comes between says the same again. */
function counted(
  guardrail: GaugeGuardrail,
  levels: readonly Level[],
  { fresh: { at }, intervalMs }: GuardrailLook,
): GaugeGuardrail {
  const { signs, setting, countedAt, reference } = guardrail;
  const pairs = levels.flatMap(({ stable, current }) => {
    const beside = reference ?? current;
    return beside === undefined ? [] : [{ stable, beside }];
  });
  const independentMs = independenceOf(setting, intervalMs);
  const tooSoon = countedAt !== undefined && at - countedAt < independentMs - intervalMs / 2;
  if (!signs || pairs.length === 0 || tooSoon) return guardrail;
  const exceeding = pairs.filter(({ stable, beside }) => stable > allowedLevel(setting, beside));
  const exceeds = exceeding.length / pairs.length;
  return {
    ...guardrail,
    countedAt: at,
    signs: { bad: stepSigns(signs.bad, exceeds, 'no-harm'), ok: stepSigns(signs.ok, exceeds, 'harm') },
  };
}

/** Milliseconds between looks that count. */
function independenceOf({ measure }: GuardrailSetting, intervalMs: number): number {
  const known = measure?.kind === 'gauge' ? measure.independentMs : undefined;
  return known ?? UNKNOWN_INTERVALS * intervalMs;
}

/** The highest value on stable that is no harm beside this one; the margin widens also below nought. */
export function allowedLevel({ margin }: GuardrailSetting, beside: number): number {
  const { rho, delta } = harmMargin({ delta: 0, ...margin });
  return beside + (rho - 1) * Math.abs(beside) + delta;
}

/** Outside statistics: stable above the threshold, and current not, in three of the last four looks. */
export function isAboveThreshold({ standings }: Pick<GaugeGuardrail, 'standings'>): boolean {
  return standings.filter((standing) => standing === 'above').length >= ALIKE;
}

/** Whether a proceed need not wait for it: within its threshold in three of the last four looks, and proven by signs. */
export function gaugeUnharmed(guardrail: GaugeGuardrail, guardProof: 'required' | 'best-effort'): boolean {
  const { signs, standings, setting } = guardrail;
  const within = standings.filter((standing) => standing === 'within').length >= ALIKE;
  if (thresholdOf(setting) !== undefined && !within) return false;
  if (!signs || logEvidence(signs.ok) >= OK_LINE) return true;
  return guardProof === 'best-effort' && guardrail.countedAt !== undefined && logEvidence(signs.bad) < 0;
}

/** ln of what its proof still lacks; a threshold alone has none. */
export function gaugeLacks({ signs }: GaugeGuardrail): number {
  return signs ? Math.max(0, OK_LINE - logEvidence(signs.ok)) : 0;
}
