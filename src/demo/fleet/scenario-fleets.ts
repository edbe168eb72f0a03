import type { BackendSpec, RevisionSpec } from './types';

/** The ways in which the demo's release goes wrong. */
export type FleetScenario = 'helps' | 'slow-release' | 'not-helping' | 'worse' | 'coupled';

/** The part of the fleet that a scenario decides. */
export interface ScenarioFleet {
  /** Last known good; gone back to. */
  readonly old: RevisionSpec;
  /** The suspect. */
  readonly bad: RevisionSpec;
  readonly backend?: BackendSpec;
}

const OLD = 'v41';
const BAD = 'v42';

/** What each scenario starts. */
export const SCENARIO_FLEETS: Readonly<Record<FleetScenario, ScenarioFleet>> = {
  // The release itself fails; going back cures it.
  helps: { old: { revision: OLD, failShare: 0.001 }, bad: { revision: BAD, failShare: 0.08 } },
  // The release is slow but answers well.
  'slow-release': { old: { revision: OLD }, bad: { revision: BAD, slowShare: 0.3, slowMs: 600 } },
  // Something behind both fails a constant share.
  'not-helping': { old: { revision: OLD }, bad: { revision: BAD }, backend: { failShare: 0.06 } },
  // Going back makes it worse.
  worse: { old: { revision: OLD, failShare: 0.2 }, bad: { revision: BAD, failShare: 0.04 } },
  // Both drown together in something shared, so that a small share cannot show whether going back helps.
  coupled: { old: { revision: OLD }, bad: { revision: BAD }, backend: { capacityShare: 0.4 } },
};
