import { differences } from './counters';
import type { Freshness, Memory } from './counters';
import { logEvidence, openProcess, stepProcess } from './e-process';
import type { EProcess, Hypothesis, Increment } from './e-process';
import { sumOf } from './increments';
import type { StratumReading } from './sample';
import { ALPHA_GUARDRAIL, harmMargin } from './settings';
import type { GuardrailSetting, HarmMargin, JudgeSettings } from './settings';
import type { JudgeState } from './state';
import type { CohortCounts } from './verdict';

/** A metric that must not get worse: its own counters, and its two tests: harm is proven, or its absence is. */
export interface Guardrail {
  readonly bad: EProcess;
  readonly ok: EProcess;
  readonly totals: Increment;
  readonly memory: Memory;
  /** When its newest usable pair was taken. */
  readonly lastPairAt?: number;
}

/** Guardrails by name. */
export type Guardrails = Readonly<Record<string, Guardrail>>;

const OK_LINE = Math.log(1 / ALPHA_GUARDRAIL);
const NONE = { requests: 0, bad: 0 };

/** Guardrails that have seen nothing. `toHalt`: most that one interval may add to a proof of harm. */
export function openGuardrails(
  { guardrails = [], minIntervals, phi, mode, margins }: JudgeSettings,
  toHalt: number,
): Guardrails {
  const toProve = (OK_LINE + Math.LN2) / minIntervals;
  return Object.fromEntries(
    guardrails.flatMap((setting) => {
      const margin = marginOf(setting, mode, margins?.harm);
      if (!margin) return [];
      const guardrail: Guardrail = {
        bad: openProcess({ ...margin, side: 'above' }, toHalt, phi),
        ok: openProcess({ ...margin, side: 'below' }, toProve, phi),
        totals: { stable: NONE, current: NONE },
        memory: {},
      };
      return [[setting.name, guardrail]];
    }),
  );
}

/** Beside current, a factor and some points more than it; alone, only an objective can tell. */
function marginOf(
  { objective, margin }: GuardrailSetting,
  mode: JudgeSettings['mode'],
  ofAll: HarmMargin | undefined,
): Pick<Hypothesis, 'rho' | 'delta'> | undefined {
  if (mode !== 'absolute') return harmMargin({ ...ofAll, ...margin });
  return objective === undefined ? undefined : { rho: 0, delta: objective };
}

/** Adds one look. Harm is not looked for while the phase settles; its absence may be proven from the start. */
export function observeGuardrails(
  guardrails: Guardrails,
  readings: Readonly<Record<string, readonly StratumReading[]>>,
  fresh: Freshness,
  look: { readonly settled: boolean; readonly widthAfter: (lastPairAt: number | undefined) => number },
): Guardrails {
  return Object.fromEntries(
    Object.entries(guardrails).map(([name, guardrail]) => {
      const seen = differences(readings[name] ?? [], guardrail.memory, fresh);
      if (!seen) return [name, guardrail];
      const step = (test: EProcess): EProcess =>
        stepProcess(test, seen.increments, look.widthAfter(guardrail.lastPairAt));
      const after: Guardrail = {
        bad: look.settled ? step(guardrail.bad) : guardrail.bad,
        ok: step(guardrail.ok),
        totals: sumOf([guardrail.totals, ...seen.increments]),
        memory: seen.memory,
        lastPairAt: fresh.at,
      };
      return [name, after];
    }),
  );
}

/** The names of the guardrails that are not proven to be unharmed, as far as the policy wants proof. */
export function unprovenGuardrails({ guardrails, settings }: JudgeState): readonly string[] {
  return Object.entries(guardrails)
    .filter(([, guardrail]) => logEvidence(guardrail.ok) < OK_LINE)
    .filter(([, guardrail]) => settings.guardProof !== 'best-effort' || !looksUnharmed(guardrail))
    .map(([name]) => name);
}

/** ln of what the guardrail that is furthest from its proof still lacks; 0 where none is unproven. */
export function missingProof(state: JudgeState): number {
  const lacking = unprovenGuardrails(state).map((name) => {
    const guardrail = state.guardrails[name];
    return guardrail ? OK_LINE - logEvidence(guardrail.ok) : 0;
  });
  return Math.max(0, ...lacking);
}

/** The guardrail for whose harm there is most evidence, as ln of its e-value. */
export function loudestGuardrail({
  guardrails,
}: JudgeState): { readonly name: string; readonly evidence: number } | undefined {
  const byEvidence = Object.entries(guardrails)
    .map(([name, { bad }]) => ({ name, evidence: logEvidence(bad) }))
    .toSorted((a, b) => b.evidence - a.evidence);
  return byEvidence[0];
}

/** The first guardrail that has shown nothing for too long. */
export function silentGuardrail({ guardrails, settings, lastAt }: JudgeState): string | undefined {
  const silent = Object.entries(guardrails).find(
    ([, { lastPairAt }]) => lastAt - (lastPairAt ?? settings.startedAt) >= settings.noDataMs,
  );
  return silent?.[0];
}

/** The highest share of bad events on stable that is no harm. */
export function allowedShare({ ok, totals }: Guardrail): number {
  return Math.min(1, ok.rho * shareOf(totals.current) + ok.delta);
}

/** The share of bad events, 0 to 1. */
export function shareOf({ requests, bad }: CohortCounts): number {
  return requests > 0 ? bad / requests : 0;
}

/** Where the policy asks for no proof: an estimate within the margin, and nothing that speaks for harm. */
function looksUnharmed(guardrail: Guardrail): boolean {
  const { stable } = guardrail.totals;
  return stable.requests > 0 && shareOf(stable) <= allowedShare(guardrail) && logEvidence(guardrail.bad) < 0;
}
