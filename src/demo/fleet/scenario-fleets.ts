import type { BackendSpec, RevisionSpec } from './types';

/** The ways in which the demo's release goes wrong. */
export type FleetScenario = 'helps' | 'slow-release' | 'not-helping' | 'worse' | 'coupled' | 'harm' | 'burst' | 'quiet';

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
  // Going back cures the failures and keeps users waiting instead.
  harm: { old: { revision: OLD, slowShare: 0.4, slowMs: 600 }, bad: { revision: BAD, failShare: 0.1 } },
  // A clock, not chance, says when either fails: the release a tenth of the time, the old one for moments.
  burst: {
    old: { revision: OLD, clumps: { everyMs: 7_000, forMs: 70, share: 0.5 } },
    bad: { revision: BAD, clumps: { everyMs: 2_000, forMs: 240, share: 0.8 } },
  },
  // So few requests that a minute proves nothing.
  quiet: { old: { revision: OLD }, bad: { revision: BAD, failShare: 0.3 } },
};
