import { rollbackId } from '../rollback/request';
import { KEPT, activeFreeze, kept } from './state';
import type { ServiceState } from './state';
import type { Quarantine } from './release';

/** The answer to "may this revision be deployed?". A refusal says who, until when, why, and how to go past it. */
export type GateAnswer =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly by: string;
      /** When it ends by itself, where it does; epoch milliseconds. */
      readonly until?: number;
      readonly because: string;
      readonly override: string;
    };

/** Judges a deployment: a quarantined revision, a freeze and a live rollback each refuse it. */
export function mayDeploy(state: ServiceState, revision: string, now: number): GateAnswer {
  const quarantine = quarantineOf(state, revision);
  if (quarantine) {
    const override = `phased-rollback unquarantine ${state.environment}/${state.service} ${revision} --reason …`;
    return {
      allowed: false,
      by: quarantine.by,
      because: `${revision} is quarantined: ${quarantine.because}`,
      override,
    };
  }
  const freeze = activeFreeze(state, now);
  if (freeze) {
    const because = `deployments are frozen${freeze.reason ? `: ${freeze.reason}` : ''}`;
    return { allowed: false, by: freeze.by, until: freeze.until, because, override: 'thaw' };
  }
  if (state.live) {
    const by = rollbackId(state.live);
    const because = 'a rollback is live; a deployment now would fight with it';
    return { allowed: false, by, because, override: `wait until ${by} has ended, or abort it` };
  }
  return { allowed: true };
}

/** The entry that keeps a revision out. */
export function quarantineOf(state: ServiceState, revision: string): Quarantine | undefined {
  return state.quarantined.find((entry) => entry.revision === revision);
}

/** Keeps a revision out; the first reason stands. */
export function withQuarantine(state: ServiceState, entry: Quarantine): ServiceState {
  if (quarantineOf(state, entry.revision)) return state;
  const because = entry.because.slice(0, KEPT.textLength);
  return { ...state, quarantined: kept(state.quarantined, { ...entry, because }, KEPT.quarantined) };
}
