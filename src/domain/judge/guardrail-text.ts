import { allowedShare, boundsOf, shareOf, worstPart } from './count-guardrail';
import { ALIKE, allowedLevel, isAboveThreshold, LOOKS, thresholdOf } from './gauge-guardrail';
import type { CountGuardrail, GaugeGuardrail, Guardrail } from './guardrail';
import { grouped, percent } from './numbers';
import type { CohortCounts } from './verdict';

interface Names {
  readonly current: string;
  readonly stable: string;
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
  const isEvents = guardrail.setting.measure?.kind === 'events';
  const { stable, current, index } = worstPart(guardrail);
  const bound = boundsOf(guardrail.setting)?.[index];
  const allowed = allowedShare(guardrail, current);
  const show = isEvents ? frequency : share;
  const against = current.requests > 0 ? ` against ${show(current)} on ${names.current}` : '';
  const what = isEvents ? '' : bound === undefined ? 'bad in ' : `slower than ${bound} s in `;
  const limit = isEvents ? `${perHour(allowed)} an hour at full traffic` : percent(Math.min(1, allowed));
  return `${what}${show(stable)} on ${names.stable}${against} (allowed ${limit})`;
}

function gaugeText(guardrail: GaugeGuardrail, names: Names): string {
  const { levels, setting } = guardrail;
  const { stable, current } = levels;
  const shown = `now ${amount(stable)} on ${names.stable}`;
  const against = current === undefined ? '' : ` against ${amount(current)} on ${names.current}`;
  const threshold = thresholdOf(setting);
  if (threshold !== undefined && isAboveThreshold(guardrail))
    return `${shown}${against}, above ${amount(threshold)} in ${ALIKE} of the last ${LOOKS} looks`;
  const limit = current === undefined ? '' : ` (allowed ${amount(allowedLevel(setting, current))}), most of the time`;
  return `${shown}${against}${limit}`;
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
