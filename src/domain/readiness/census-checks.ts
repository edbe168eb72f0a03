import { capacityOf } from '../plan/census';
import type { Census } from '../plan/census';
import type { PlannedWeight } from '../plan/plan';
import { shareText } from '../plan/share';
import type { Quarantine } from '../service/release';
import type { CheckResult } from './check-result';

/** Per target, whether the old revision is there at all. Where it is not, preparing has to bring it: a warning. */
export function revisionPresentChecks(
  census: Census,
  targets: readonly string[],
  toRevision: string,
): readonly CheckResult[] {
  return targets.map((target) => {
    const base = { check: 'revision present', target, overridable: true };
    const reading = census[target];
    if (!reading) return unreadable(base);
    if (reading.revisions.some((entry) => entry.revision === toRevision))
      return { ...base, status: 'pass', evidence: `${toRevision} is there` };
    const seen = reading.revisions.map((entry) => entry.revision).join(', ') || 'no revision';
    const fix = `see that ${toRevision} can still be started there; preparing asks for it`;
    return { ...base, status: 'warn', evidence: `${seen} and not ${toRevision} is there`, fix };
  });
}

/** Per target, whether the old revision's ready instances could carry the planned share now. Less is a warning: making it ready is the next step. */
export function capacityChecks(
  census: Census,
  weights: readonly PlannedWeight[],
  toRevision: string,
): readonly CheckResult[] {
  return weights.map(({ target, weight }) => {
    const base = { check: 'ready capacity', target, overridable: true };
    if (!census[target]) return unreadable(base);
    const ready = capacityOf(census[target], toRevision);
    const evidence = `${toRevision} is ready for ${shareText(ready)} of the traffic, ${shareText(weight, census[target].units)} is planned`;
    if (ready >= weight) return { ...base, status: 'pass', evidence };
    return { ...base, status: 'warn', evidence, fix: 'nothing to do: it is made ready before traffic moves' };
  });
}

/** Whether the revision to go back to is kept out. Lifting a quarantine is a recorded act of its own, so nobody overrides it here. */
export function quarantineCheck(quarantined: readonly Quarantine[], toRevision: string): CheckResult {
  const base = { check: 'quarantine', overridable: false };
  const entry = quarantined.find((candidate) => candidate.revision === toRevision);
  if (!entry) return { ...base, status: 'pass', evidence: `${toRevision} is not quarantined` };
  return {
    ...base,
    status: 'block',
    evidence: `${toRevision} was quarantined by ${entry.by}: ${entry.because}`,
    fix: 'go back to another revision, or lift the quarantine first',
  };
}

function unreadable(base: {
  readonly check: string;
  readonly target: string;
  readonly overridable: boolean;
}): CheckResult {
  const fix = `make ${base.target} readable, then retry`;
  return { ...base, status: 'unknown', evidence: `what ${base.target} serves could not be read`, fix };
}
