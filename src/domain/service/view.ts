import type { Mode, ServicePolicy } from '../policy/policy';
import { rollbackId } from '../rollback/request';
import { activeOverride, modeInForce } from './mode';
import type { ModeOverride, ServiceMode } from './mode';
import type { Quarantine, Release } from './release';
import { lastKnownGood } from './releases';
import { slotRecordOf } from './slots';
import type { SlotRecord } from './slots';
import { activeFreeze } from './state';
import type { Freeze, LiveRollback, PastRollback, PolicySlice, SeenAlert, ServiceState } from './state';

/** What people are shown of a service. Lists are newest first. */
export interface ServiceView {
  readonly environment: string;
  readonly service: string;
  /** The mode in force; unknown until the policy could be read. */
  readonly mode?: ServiceMode;
  readonly policyMode?: Mode;
  readonly override?: ModeOverride;
  readonly freeze?: Freeze;
  readonly live?: Pick<LiveRollback, 'number' | 'startedAt' | 'cause' | 'extent'> & { readonly id: string };
  readonly releases: readonly Release[];
  /** Where the newest release would go back to. */
  readonly lastKnownGood?: Release;
  /** Which revision is in which slot; absent where nobody ever said. */
  readonly slots?: SlotRecord;
  readonly quarantined: readonly Quarantine[];
  readonly alerts: readonly SeenAlert[];
  readonly past: readonly PastRollback[];
  readonly policyHash?: string;
  /** What is wrong with the policy; the service starts nothing until it is mended. */
  readonly policyError?: string;
  readonly asOf: number;
}

const SHOWN = 20;

/** The view at `now` with the policy as last read. */
export function serviceView(state: ServiceState, slice: PolicySlice | undefined, now: number): ServiceView {
  const slots = slotRecordOf(state);
  const policy = slice?.ok ? slice.policy : undefined;
  return {
    environment: state.environment,
    service: state.service,
    ...(policy ? fromPolicy(state, policy, now) : {}),
    ...(slice?.ok === false ? { policyError: slice.error } : {}),
    override: activeOverride(state.mode, now),
    freeze: activeFreeze(state, now),
    ...(state.live ? { live: liveView(state.live) } : {}),
    releases: newest(state.releases),
    ...(slots ? { slots } : {}),
    quarantined: state.quarantined.toReversed(),
    alerts: newest(state.alerts),
    past: newest(state.past),
    asOf: now,
  };
}

function fromPolicy(state: ServiceState, policy: ServicePolicy, now: number): Partial<ServiceView> {
  const { releases, quarantined, alertedAt } = state;
  return {
    mode: modeInForce(state.mode, policy.mode, now),
    policyMode: policy.mode,
    policyHash: policy.hash,
    lastKnownGood: lastKnownGood(releases, quarantined, releases.at(-1)?.revision, policy, now, alertedAt),
  };
}

function liveView(live: LiveRollback): ServiceView['live'] {
  const { number, startedAt, cause, extent } = live;
  return { id: rollbackId(live), number, startedAt, cause, ...(extent ? { extent } : {}) };
}

function newest<T>(list: readonly T[]): readonly T[] {
  return list.slice(-SHOWN).toReversed();
}
