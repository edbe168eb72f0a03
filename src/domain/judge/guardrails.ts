import { logEvidence, openProcess, stepProcess } from './e-process';
import type { EProcess, Increment } from './e-process';
import { ALPHA_GUARDRAIL, DELTA_HARM, RHO_HARM } from './settings';
import type { JudgeState } from './state';

/** The two tests of a metric that must not get worse: harm is proven, or its absence is. */
export interface GuardrailTests {
  readonly bad: EProcess;
  readonly ok: EProcess;
}

/** Guardrails by name. */
export type Guardrails = Readonly<Record<string, GuardrailTests>>;

const OK_LINE = Math.log(1 / ALPHA_GUARDRAIL);

/** Tests of these guardrails that have seen nothing. `toHalt`: most that one interval may add to a proof of harm. */
export function openGuardrails(
  names: readonly string[],
  minIntervals: number,
  phi: number,
  toHalt: number,
): Guardrails {
  const toProve = (OK_LINE + Math.LN2) / minIntervals;
  const margin = { rho: RHO_HARM, delta: DELTA_HARM };
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        bad: openProcess({ ...margin, side: 'above' }, toHalt, phi),
        ok: openProcess({ ...margin, side: 'below' }, toProve, phi),
      },
    ]),
  );
}

/** Adds one interval. Harm is not looked for while the phase settles; its absence may be proven from the start. */
export function stepGuardrails(
  guardrails: Guardrails,
  increments: readonly Increment[],
  width: number,
  settled: boolean,
): Guardrails {
  return Object.fromEntries(
    Object.entries(guardrails).map(([name, { bad, ok }]) => {
      const own = increments.map((increment) => of(name, increment));
      return [name, { bad: settled ? stepProcess(bad, own, width) : bad, ok: stepProcess(ok, own, width) }];
    }),
  );
}

/** The names of the guardrails that are not proven to be unharmed, as far as the policy wants proof. */
export function unprovenGuardrails(state: JudgeState): readonly string[] {
  return Object.entries(state.tests.guardrails ?? {})
    .filter(([name, tests]) => logEvidence(tests.ok) < OK_LINE && !looksUnharmed(state, name, tests))
    .map(([name]) => name);
}

/** Where the policy asks for no proof: an estimate within the margin, and nothing that speaks for harm. */
function looksUnharmed(state: JudgeState, name: string, { bad }: GuardrailTests): boolean {
  if (state.settings.guardProof !== 'best-effort') return false;
  const { stable, current } = of(name, state.totals);
  const allowed = RHO_HARM * (current.requests > 0 ? current.bad / current.requests : 0) + DELTA_HARM;
  return stable.requests > 0 && stable.bad / stable.requests <= allowed && logEvidence(bad) < 0;
}

/** The counts of one guardrail among the same requests. */
function of(name: string, { stable, current }: Increment): Increment {
  return {
    stable: { requests: stable.requests, bad: stable.guardrails?.[name] ?? 0 },
    current: { requests: current.requests, bad: current.guardrails?.[name] ?? 0 },
  };
}
