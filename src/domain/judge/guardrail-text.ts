import { allowedShare, atBound, boundOf, shareOf, worstPart } from './count-guardrail';
import { ALIKE, allowedLevel, isAboveThreshold, LOOKS, thresholdOf } from './gauge-guardrail';
import type { CountGuardrail, GaugeGuardrail, Guardrail } from './guardrail';
import { grouped, percent } from './numbers';
import type { GuardrailPast } from './settings';
import type { CohortCounts } from './verdict';

interface Names {
  readonly current: string;
  readonly stable: string;
}

/** When what a guardrail is held against was seen, where there is no control cohort. */
export function pastText(of: GuardrailPast['of'], { current, stable }: Names): string {
  switch (of) {
    case 'current':
      return `on ${current} in the minutes before`;
    case 'stable':
      return `on ${stable} before ${current} came`;
  }
}

/** What a guardrail that got worse has shown, with its numbers and what was allowed. */
export function guardrailText(name: string, guardrail: Guardrail | undefined, names: Names): string {
  switch (guardrail?.kind) {
    case undefined:
      return `${name} got worse`;
    case 'counts':
      return `${name} got worse: ${countText(guardrail, names)}`;
    case 'gauge':
      return `${name} got worse: ${gaugeText(guardrail, names)}`;
  }
}

function countText(guardrail: CountGuardrail, names: Names): string {
  const { setting } = guardrail;
  const isEvents = setting.measure?.kind === 'events';
  const { stable, current, index } = worstPart(guardrail);
  const bound = boundOf(setting, index);
  const allowed = allowedShare(guardrail, current, index);
  const show = isEvents ? frequency : share;
  const [beside, where] = besideOf(guardrail, { current, index }, names);
  const against = beside.requests > 0 ? ` against ${show(beside)} ${where}` : '';
  const what = isEvents ? '' : bound === undefined ? 'bad in ' : `slower than ${bound} s in `;
  const limit = isEvents ? `${perHour(allowed)} an hour at full traffic` : percent(Math.min(1, allowed));
  return `${what}${show(stable)} on ${names.stable}${against} (allowed ${limit})`;
}

/** What it is held against, and where that was seen: current where there is a control, else what was before, if anything. */
function besideOf(
  { ok, setting: { before } }: CountGuardrail,
  { current, index }: { readonly current: CohortCounts; readonly index: number },
  names: Names,
): readonly [CohortCounts, string] {
  if (ok.rho > 0) return [current, `on ${names.current}`];
  if (before && 'counts' in before) return [atBound(before.counts, index), pastText(before.of, names)];
  return [{ requests: 0, bad: 0 }, ''];
}

function gaugeText({ levels, reference, ...guardrail }: GaugeGuardrail, names: Names): string {
  const { setting } = guardrail;
  const shown = `now ${amount(levels.stable)} on ${names.stable}`;
  const beside = reference ?? levels.current;
  if (beside === undefined) return `${shown}${aboveText(guardrail)}`;
  const isPast = reference !== undefined && setting.before !== undefined;
  const against = isPast
    ? `up to ${amount(beside)} ${pastText(setting.before.of, names)}`
    : `${amount(beside)} on ${names.current}`;
  const above = aboveText(guardrail) || ` (allowed ${amount(allowedLevel(setting, beside))}), most of the time`;
  return `${shown} against ${against}${above}`;
}

function aboveText(guardrail: Pick<GaugeGuardrail, 'setting' | 'standings'>): string {
  const threshold = thresholdOf(guardrail.setting);
  if (threshold === undefined || !isAboveThreshold(guardrail)) return '';
  return `, above ${amount(threshold)} in ${ALIKE} of the last ${LOOKS} looks`;
}

function share(counts: CohortCounts): string {
  return `${percent(shareOf(counts))} (${grouped(counts.bad)} of ${grouped(counts.requests)})`;
}

function frequency(counts: CohortCounts): string {
  return `${grouped(counts.bad)} (${perHour(shareOf(counts))} an hour at full traffic)`;
}

function perHour(perSecond: number): string {
  return amount(perSecond * 3_600);
}

function amount(value: number): string {
  return String(Number(value.toPrecision(3)));
}
