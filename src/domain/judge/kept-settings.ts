import type { CarriedBets } from './carry';
import { nearestBet } from './e-process';
import { packed, unpacked } from './packed';
import type { JudgeSettings } from './settings';

/**
 * What most phases are judged by. It is left out of what is kept, and belongs to its shape: a phase that runs would be
 * judged by other settings if any of this were changed.
 */
const USUAL = {
  intervalMs: 10_000,
  settleMs: 20_000,
  longestBakeMs: 600_000,
  noDataMs: 180_000,
  quietMs: 60_000,
  mode: 'compare',
  tauSource: 'objective',
  minIntervals: 2,
  phi: 1,
  historyKnown: true,
  phaseIndex: 0,
  onThinEvidence: 'ask',
  onCoupled: 'ask',
  trafficSeen: true,
  probesPass: true,
} as const satisfies Partial<JudgeSettings>;

type Shortened = keyof typeof USUAL | 'split' | 'carried' | 'guardrails' | 'names';

/** The settings of a bake without what is usual, and without the names of the revisions, which its rollback knows. */
export interface KeptSettings extends Partial<Pick<JudgeSettings, keyof typeof USUAL>>, Omit<JudgeSettings, Shortened> {
  readonly guardrails?: JudgeSettings['guardrails'];
  /** True where it is just the weights. */
  readonly split?: true | NonNullable<JudgeSettings['split']>;
  readonly carried?: KeptBets;
}

/** Carried bets in thousandths; those of one test after the other, parted by spaces. */
interface KeptBets {
  readonly symptom: string;
  /** By name. */
  readonly guardrails?: Readonly<Record<string, string>>;
}

/** Settings as they are kept. What is expected is kept as the bet that it chooses. */
export function keepSettings(settings: JudgeSettings): KeptSettings {
  const { names: _, split, carried, expected = {}, guardrails = [], guardProof, ...rest } = settings;
  const chosen = { help: nearestBet('below', expected.help), bad: nearestBet('above', expected.bad) };
  return {
    // What is left out is put back by `recallSettings`.
    ...(Object.fromEntries(Object.entries(rest).filter((entry) => !isUsual(entry))) as typeof rest),
    guardrails: guardrails.length > 0 ? guardrails : undefined,
    guardProof: guardProof === 'required' ? undefined : guardProof,
    expected: chosen.help === undefined && chosen.bad === undefined ? undefined : chosen,
    split: split && isSame(split, settings.weights) ? true : split,
    carried: carried && keepBets(carried),
  };
}

function isUsual([key, value]: readonly [string, unknown]): boolean {
  return key in USUAL && USUAL[key as keyof typeof USUAL] === value;
}

/** The settings again. */
export function recallSettings(
  { split, carried, ...kept }: KeptSettings,
  names: JudgeSettings['names'],
): JudgeSettings {
  return {
    ...USUAL,
    ...kept,
    split: split === true ? kept.weights : split,
    carried: carried && recallBets(carried),
    names,
  };
}

function isSame(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean {
  const targets = Object.keys(one);
  return targets.length === Object.keys(other).length && targets.every((target) => one[target] === other[target]);
}

const THOUSANDTHS = 1_000;

function keepBets({ help, noHelp, bad, harm, guardrails }: CarriedBets): KeptBets {
  const texts = (tests: readonly (readonly number[] | undefined)[]): string =>
    tests.map((shares) => packed(shares ?? [], THOUSANDTHS)).join(' ');
  const guarded = Object.entries(guardrails ?? {}).map(
    ([name, tests]) => [name, texts([tests.bad, tests.ok])] as const,
  );
  return {
    symptom: texts([help, noHelp, bad, harm]),
    ...(guarded.length > 0 ? { guardrails: Object.fromEntries(guarded) } : {}),
  };
}

function recallBets({ symptom, guardrails = {} }: KeptBets): CarriedBets {
  const sharesIn = (text: string | undefined): readonly number[] | undefined =>
    text ? unpacked(text, THOUSANDTHS).map((share) => share ?? 0) : undefined;
  const [help, noHelp, bad, harm] = symptom.split(' ').map(sharesIn);
  const guarded = Object.entries(guardrails).map(([name, text]) => {
    const [ofBad, ofOk] = text.split(' ').map(sharesIn);
    return [name, { bad: ofBad, ok: ofOk }] as const;
  });
  return { help, noHelp, bad, harm, guardrails: Object.fromEntries(guarded) };
}
