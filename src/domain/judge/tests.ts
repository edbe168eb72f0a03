import { joinedOver, openProcess, withLogs } from './e-process';
import type { EProcess } from './e-process';
import { MOST_BOUNDS } from './bounds';
import { weightOfAll } from './family';
import { ALPHA_GUARDRAIL, ALPHA_HALT, ALPHA_PROCEED, harmMargin, helpMargin, RHO_NO_HELP } from './settings';
import type { JudgeSettings } from './settings';

const NAMES = ['help', 'helpSettled', 'noHelp', 'harm', 'bad', 'restored', 'currentOk', 'unharmed'] as const;

/** The tests of the symptom; `helpSettled` is `help` from the end of the settle time on. */
export type TestName = (typeof NAMES)[number];

/** The tests that a mode runs. */
export type Tests = { readonly [Name in TestName]?: EProcess };

/** What the tests have seen, without what they are: ln of the factor of each bet. */
export type Logs = { readonly [Name in TestName]?: readonly number[] };

/** Where stable fails as often as current, it fails twice as often as what refutes "it did not help". */
const EQUAL = 1 / RHO_NO_HELP;

const MAX_HALT_INTERVALS = 4;

/** Informative intervals after the settle time that a halt needs. */
export function haltIntervals({ minIntervals }: JudgeSettings): number {
  return Math.min(minIntervals, MAX_HALT_INTERVALS);
}

/** Most that one interval may add to a proof of harm by a test that counts once, so that it takes some of them. */
export function toHaltOf(settings: JudgeSettings): number {
  const family = Math.log(weightOfAll(settings));
  return (Math.log(1 / ALPHA_HALT) + Math.LN2 + family) / haltIntervals(settings);
}

/** Where evidence has to show at one of several bounds it is averaged over all, so an interval may add as much more, as ln. */
export function roomForBounds(isJoined: boolean): number {
  return isJoined ? Math.log(MOST_BOUNDS) : 0;
}

/** Settings never change, so what follows from them is worked out once; nothing depends on whether it is still here. */
const opened = new WeakMap<JudgeSettings, Tests>();

/** The tests of a phase before they have seen anything; all of it follows from the settings. */
export function openTests(settings: JudgeSettings): Tests {
  const known = opened.get(settings);
  if (known) return known;
  const tests = testsFor(settings);
  opened.set(settings, tests);
  return tests;
}

/**
 * Of a latency metric without a bound of its own the comparisons are asked at up to three bounds at once. Help is shown
 * where stable is slow less often beyond any of them (the mean refutes that it is at none): an incident of the slowest
 * tenth leaves the median alone. That it does not help has to be shown at all of them (the least refutes that it halved
 * any). What help at one bound may hide at another is a guardrail's question, which the metric is asked as well. What has
 * a target is asked at the middle bound.
 */
function testsFor(settings: JudgeSettings): Tests {
  const { minIntervals, phi, tau, expected = {}, carried = {}, margins, mode } = settings;
  const toProceed = (Math.log(1 / ALPHA_PROCEED) + Math.LN2) / minIntervals;
  const toHalt = toHaltOf(settings);
  const helping = { rho: helpMargin(margins), delta: 0, side: 'below' } as const;
  const above =
    tau === undefined
      ? undefined
      : openProcess({ rho: 0, delta: tau, side: 'above' }, toHalt, phi, {
          expected: expected.bad,
          carried: carried.bad,
        });
  const below = tau === undefined ? undefined : openProcess({ rho: 0, delta: tau, side: 'below' }, toProceed, phi);
  const bad = above ? { bad: above } : {};
  const restored = below ? { restored: below } : {};
  const help = openProcess(helping, toProceed + roomForBounds(settings.buckets !== undefined) / minIntervals, phi, {
    expected: expected.help,
    carried: carried.help,
  });
  const noHelp = openProcess({ rho: RHO_NO_HELP, delta: 0, side: 'above' }, toHalt, phi, {
    expected: EQUAL,
    carried: carried.noHelp,
  });
  const bounds = boundsAsked(settings);
  switch (mode) {
    case 'compare':
      return {
        help: joinedOver(help, bounds, 'mean'),
        helpSettled: joinedOver(help, bounds, 'mean'),
        noHelp: joinedOver(noHelp, bounds, 'least'),
        harm: harmTest(settings, toHalt),
        ...bad,
        ...(below ? { currentOk: below } : {}),
      };
    case 'absolute':
      return { ...bad, ...restored };
    case 'no-harm':
      return {
        harm: harmTest(settings, toHalt),
        ...bad,
        ...(settings.renews ? {} : isAlone(settings) ? restored : { unharmed: unharmedTest(settings) }),
      };
  }
}

function harmTest(settings: JudgeSettings, toHalt: number): EProcess {
  const cap = toHalt + roomForBounds(settings.buckets !== undefined) / haltIntervals(settings);
  const harm = openProcess({ ...harmMargin(settings.margins?.harm), side: 'above' }, cap, settings.phi, {
    carried: settings.carried?.harm,
  });
  return joinedOver(harm, boundsAsked(settings), 'mean');
}

/** A phase that leaves the suspect no traffic has nothing to compare stable with. */
function isAlone({ weights }: JudgeSettings): boolean {
  return Object.values(weights).every((weight) => weight === 100);
}

/** Which targets serve the old revision alone, by what was asked of them: what still drains elsewhere is no control. */
export type Alone = 'all' | 'some' | 'none';

/** The same of all targets of a phase; none where nothing was asked of any. */
export function aloneIn({ weights }: Pick<JudgeSettings, 'weights'>): Alone {
  const shares = Object.values(weights);
  const whole = shares.filter((weight) => weight === 100).length;
  return whole === 0 ? 'none' : whole === shares.length ? 'all' : 'some';
}

/** True where no target was left a control: what still drains is none. */
export function hasNoControl(settings: Pick<JudgeSettings, 'mode' | 'weights'>): boolean {
  return settings.mode === 'absolute' || (settings.mode === 'no-harm' && aloneIn(settings) === 'all');
}

/** True where a target at least is judged by itself, so that only a target ratio can tell. */
export function judgesAlone(settings: Pick<JudgeSettings, 'mode' | 'weights'>): boolean {
  return settings.mode === 'absolute' || (settings.mode === 'no-harm' && aloneIn(settings) !== 'none');
}

/** Asked of stable alone. */
const ABSOLUTE: ReadonlySet<TestName> = new Set(['bad', 'restored', 'currentOk']);

/** The counts that a test is about: where some targets have a control and others none, each test is about its own. */
export function concerning<Counted extends { readonly target: string }>(
  settings: JudgeSettings,
  name: TestName,
  increments: readonly Counted[],
): readonly Counted[] {
  if (settings.mode !== 'no-harm' || aloneIn(settings) !== 'some') return increments;
  return increments.filter(({ target }) => (settings.weights[target] === 100) === ABSOLUTE.has(name));
}

/** What a guardrail has to prove, asked of the symptom itself where nobody asks whether going back helps. */
function unharmedTest(settings: JudgeSettings): EProcess {
  const cap = (Math.log(1 / ALPHA_GUARDRAIL) + Math.LN2) / settings.minIntervals;
  const unharmed = openProcess({ ...harmMargin(settings.margins?.harm), side: 'below' }, cap, settings.phi);
  return joinedOver(unharmed, boundsAsked(settings), 'least');
}

function boundsAsked({ buckets }: JudgeSettings): number {
  return buckets?.bounds?.length ?? 1;
}

/** The tests as far as they have come. `logs` belong to the settings they were opened with. */
export function testsOf({ settings, logs }: { readonly settings: JudgeSettings; readonly logs: Logs }): Tests {
  return mapTests(openTests(settings), (test, name) => withLogs(test, logs[name] ?? test.logs));
}

/** Each test through `change`; a test that is not run stays away. */
export function mapTests<To>(
  tests: Tests,
  change: (test: EProcess, name: TestName) => To,
): { readonly [Name in TestName]?: To } {
  const changed: { [Name in TestName]?: To } = {};
  for (const name of NAMES) {
    const test = tests[name];
    if (test) changed[name] = change(test, name);
  }
  return changed;
}
