import { openProcess } from './e-process';
import type { EProcess } from './e-process';
import { ALPHA_HALT, ALPHA_PROCEED, harmMargin, helpMargin, RHO_NO_HELP } from './settings';
import type { JudgeSettings } from './settings';

/** The tests of the symptom; `helpSettled` is `help` from the end of the settle time on. */
export type TestName = 'help' | 'helpSettled' | 'noHelp' | 'harm' | 'bad' | 'restored' | 'currentOk';

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

/** Most that one interval may add to a proof of harm, so that it takes some of them. */
export function toHaltOf(settings: JudgeSettings): number {
  const family = Math.log(2 + (settings.guardrails?.length ?? 0));
  return (Math.log(1 / ALPHA_HALT) + Math.LN2 + family) / haltIntervals(settings);
}

/** Settings never change, so what follows from them is worked out once; nothing depends on whether it is still here. */
const opened = new WeakMap<JudgeSettings, Tests>();

/** The tests of a phase before they have seen anything; all of it follows from the settings. */
export function openTests(settings: JudgeSettings): Tests {
  const known = opened.get(settings) ?? testsFor(settings);
  opened.set(settings, known);
  return known;
}

function testsFor(settings: JudgeSettings): Tests {
  const { minIntervals, phi, tau, expected = {}, margins, mode } = settings;
  const toProceed = (Math.log(1 / ALPHA_PROCEED) + Math.LN2) / minIntervals;
  const toHalt = toHaltOf(settings);
  const helping = { rho: helpMargin(margins), delta: 0, side: 'below' } as const;
  const above =
    tau === undefined ? undefined : openProcess({ rho: 0, delta: tau, side: 'above' }, toHalt, phi, expected.bad);
  const below = tau === undefined ? undefined : openProcess({ rho: 0, delta: tau, side: 'below' }, toProceed, phi);
  const bad = above ? { bad: above } : {};
  switch (mode) {
    case 'compare':
      return {
        help: openProcess(helping, toProceed, phi, expected.help),
        helpSettled: openProcess(helping, toProceed, phi, expected.help),
        noHelp: openProcess({ rho: RHO_NO_HELP, delta: 0, side: 'above' }, toHalt, phi, EQUAL),
        harm: harmTest(settings, toHalt),
        ...bad,
        ...(below ? { currentOk: below } : {}),
      };
    case 'absolute':
      return { ...bad, ...(below ? { restored: below } : {}) };
    case 'no-harm':
      return { harm: harmTest(settings, toHalt), ...bad };
  }
}

function harmTest({ margins, phi }: JudgeSettings, toHalt: number): EProcess {
  return openProcess({ ...harmMargin(margins?.harm), side: 'above' }, toHalt, phi);
}

/** The tests as far as they have come. */
export function testsOf({ settings, logs }: { readonly settings: JudgeSettings; readonly logs: Logs }): Tests {
  return mapTests(openTests(settings), (test, name) => ({ ...test, logs: logs[name] ?? test.logs }));
}

/** Each test through `change`; a test that is not run stays away. */
export function mapTests<To>(
  tests: Tests,
  change: (test: EProcess, name: TestName) => To,
): { readonly [Name in TestName]?: To } {
  const entries = Object.entries(tests) as readonly (readonly [TestName, EProcess])[];
  return Object.fromEntries(entries.map(([name, test]) => [name, change(test, name)]));
}
