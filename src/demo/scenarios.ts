import type { FleetScenario } from './fleet/scenario-fleets';
import type { DemoPolicy } from './policy-file';
import { crashEverything, goOnUnproven, haltThen, loseMetrics, playHuman, watchIt } from './people';
import type { Play } from './people';

/** What the demo can show. */
export type ScenarioName =
  | 'helps'
  | 'slow-release'
  | 'not-helping'
  | 'worse'
  | 'coupled'
  | 'harm'
  | 'burst'
  | 'blackout'
  | 'quiet'
  | 'crash'
  | 'human';

/** One scenario: what goes wrong, who does what, and what must have come of it. */
export interface Scenario {
  readonly name: ScenarioName;
  /** What the audience is told before it begins. */
  readonly story: string;
  readonly fleet: FleetScenario;
  /** Over all targets; 160 when absent. */
  readonly requestsPerSecond?: number;
  readonly policy: DemoPolicy;
  readonly alert: { readonly cause: 'errors' | 'latency'; readonly title: string };
  /** The Temporal server is killed too, so it must keep its history in a file. */
  readonly persistent: boolean;
  readonly play: Play;
  readonly expected: {
    readonly end: 'succeeded' | 'aborted';
    readonly reason: string;
    /** Percent of each target on the old revision in the end; undefined where the scenario leaves it open. */
    readonly weight?: number;
  };
}

const AUTO: DemoPolicy = { mode: 'auto', pace: 'balanced' };
const TAKEN_BACK: Scenario['expected'] = { end: 'succeeded', reason: 'CENSUS_AS_PLANNED', weight: 100 };
const ERRORS = { cause: 'errors', title: 'checkout fails more than 5 % of its requests' } as const;

/** The table of scenarios; `helps` is what `npm run demo` shows. */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  helps: {
    name: 'helps',
    story: 'v42 fails one request in twelve; v41, scaled to nothing an hour ago, did not.',
    fleet: 'helps',
    policy: AUTO,
    alert: ERRORS,
    persistent: false,
    play: watchIt,
    expected: TAKEN_BACK,
  },
  'slow-release': {
    name: 'slow-release',
    story: 'v42 answers well but keeps a third of its users waiting; latency is the symptom.',
    fleet: 'slow-release',
    policy: AUTO,
    alert: { cause: 'latency', title: 'checkout answers too slowly' },
    persistent: false,
    play: watchIt,
    expected: TAKEN_BACK,
  },
  'not-helping': {
    name: 'not-helping',
    story:
      'A dependency fails one request in sixteen whatever the revision: going back must stop at the first phase and say so.',
    fleet: 'not-helping',
    policy: AUTO,
    alert: ERRORS,
    persistent: false,
    // Both fail alike: one time in twenty chance shows the old one as clearly worse, and the judge says what it saw.
    play: haltThen('abort', ['NOT_HELPING', 'PERSISTS', 'WORSE']),
    expected: { end: 'aborted', reason: 'ABORTED' },
  },
  worse: {
    name: 'worse',
    story: 'v41 is worse than v42: the rollback must stop, and the person on call puts back what was moved.',
    fleet: 'worse',
    policy: AUTO,
    alert: ERRORS,
    persistent: false,
    play: haltThen('unwind', ['WORSE']),
    expected: { end: 'aborted', reason: 'UNWOUND', weight: 0 },
  },
  coupled: {
    name: 'coupled',
    story:
      'Both revisions starve behind one backend: nobody can tell from a small share whether going back helps, so it asks.',
    fleet: 'coupled',
    policy: AUTO,
    alert: ERRORS,
    persistent: false,
    play: haltThen('abort', ['COUPLED']),
    expected: { end: 'aborted', reason: 'ABORTED' },
  },
  harm: {
    name: 'harm',
    story: 'v41 answers what v42 fails, but keeps two of five users waiting: the guardrail of latency must stop it.',
    fleet: 'harm',
    policy: AUTO,
    alert: ERRORS,
    persistent: false,
    play: haltThen('unwind', ['NEW_PROBLEM'], 'slow requests'),
    expected: { end: 'aborted', reason: 'UNWOUND', weight: 0 },
  },
  burst: {
    name: 'burst',
    story: 'Failures come in clumps on both versions, far fewer on v41: neither a calm nor a clump may fool the judge.',
    fleet: 'burst',
    policy: AUTO,
    alert: ERRORS,
    persistent: false,
    play: watchIt,
    expected: TAKEN_BACK,
  },
  blackout: {
    name: 'blackout',
    story: 'The metrics vanish in the middle: it holds and asks, and goes on by itself once they are back.',
    fleet: 'helps',
    policy: { ...AUTO, timing: { noData: '8s' } },
    alert: ERRORS,
    persistent: false,
    play: loseMetrics,
    expected: TAKEN_BACK,
  },
  quiet: {
    name: 'quiet',
    story: 'Hardly anybody calls: nothing can be proven, so it asks, and a person says to go on unproven.',
    fleet: 'quiet',
    requestsPerSecond: 2,
    policy: { ...AUTO, timing: { longestBake: '8s', quiet: '30s' } },
    alert: ERRORS,
    persistent: false,
    play: goOnUnproven,
    expected: TAKEN_BACK,
  },
  crash: {
    name: 'crash',
    story:
      'The worker is killed during a shift and during a bake, the gateway and the Temporal server too: it must end as if nothing had happened.',
    fleet: 'helps',
    policy: AUTO,
    alert: ERRORS,
    persistent: true,
    play: crashEverything,
    expected: TAKEN_BACK,
  },
  human: {
    name: 'human',
    story:
      'Mode ask: a person approves, pauses, resumes and then takes back the rest at once, all from the command line.',
    fleet: 'helps',
    policy: { mode: 'ask', pace: 'balanced' },
    alert: ERRORS,
    persistent: false,
    play: playHuman,
    expected: TAKEN_BACK,
  },
};
