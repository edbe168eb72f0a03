import type { Frame } from './frame';
import { keepGuardrails, recallGuardrails } from './kept-guardrails';
import type { KeptGuardrails } from './kept-guardrails';
import { keepMemory, recallMemory, targetsIn, underShortNames } from './kept-memory';
import type { KeptMemory } from './kept-memory';
import { keepSeen, recallSeen } from './kept-seen';
import type { KeptSeen } from './kept-seen';
import { keepSettings, recallSettings } from './kept-settings';
import type { KeptSettings } from './kept-settings';
import type { JudgeSettings } from './settings';
import type { JudgeState } from './state';
import type { Unread } from './unread';

/** The only shape that there is but for whole states, which earlier builds kept. */
const SHAPE = 2;

/**
 * All that a bake has seen as it is kept between samples: in heartbeats, in a history, over a continue-as-new. Plain JSON
 * below 1 kB for each metric with up to twelve series; what is usual or follows from the rest is left out, and numbers are
 * packed.
 */
export interface KeptJudge extends KeptSeen {
  readonly shape: typeof SHAPE;
  readonly settings: KeptSettings;
  /** Targets that have no weight in the settings. */
  readonly others?: readonly string[];
  readonly memory: KeptMemory;
  readonly guardrails?: KeptGuardrails;
  /** Why metrics could not be read lately, beside what was seen: where a bake goes on in another segment it is still told. */
  readonly unread?: readonly Unread[];
}

/** A judge that goes on: as it is kept, or whole as earlier builds kept it. */
export type RememberedJudge = KeptJudge | JudgeState;

/** A judge as it is kept. `recall` gives back one that says the same of whatever comes, and `unreadIn` why data of it are missing. */
export function keep(state: JudgeState, unread: readonly Unread[] = []): KeptJudge {
  const frame = frameOf(state);
  const others = frame.targets.filter((target) => !(target in state.settings.weights));
  const guardrails = keepGuardrails(state.guardrails, state.settings, frame);
  return {
    shape: SHAPE,
    settings: keepSettings(state.settings),
    others: others.length > 0 ? others : undefined,
    ...keepSeen(state, frame),
    memory: keepMemory(state.memory, frame),
    guardrails: Object.keys(guardrails).length > 0 ? guardrails : undefined,
    unread: unread.length > 0 ? unread : undefined,
  };
}

/** Why metrics could not be read lately, as it was kept with a judge; nothing where earlier builds kept it. */
export function unreadIn(remembered: RememberedJudge | undefined): readonly Unread[] {
  return remembered && 'shape' in remembered ? (remembered.unread ?? []) : [];
}

/**
 * A judge that goes on from what was kept. `names`: of the revisions, for people. Throws where a later build kept it: then
 * a worker of that build has to go on.
 */
export function recall(remembered: RememberedJudge, names: JudgeSettings['names']): JudgeState {
  if (!('shape' in remembered)) return underNewNames(remembered);
  const shape: number = remembered.shape;
  if (shape !== SHAPE)
    throw new Error(`judge of shape ${shape}: this build knows ${SHAPE} and earlier ones; update the worker`);
  return unfolded(remembered, names);
}

function underNewNames(state: JudgeState): JudgeState {
  const guardrails = Object.entries(state.guardrails).map(([name, guardrail]) => {
    if (guardrail.kind === 'gauge') return [name, guardrail] as const;
    return [name, { ...guardrail, memory: underShortNames(guardrail.memory) }] as const;
  });
  return { ...state, memory: underShortNames(state.memory), guardrails: Object.fromEntries(guardrails) };
}

/** Every target that anything is known of: first those of the settings, in their order. */
function frameOf({ settings, lastAt, seen, split, log, memory, guardrails }: JudgeState): Frame {
  const counters = Object.values(guardrails).filter((guardrail) => guardrail.kind === 'counts');
  const targets = new Set([
    ...Object.keys(settings.weights),
    ...[seen, split, log.warmUp, log.after].flatMap((each) => Object.keys(each)),
    ...targetsIn(memory),
    ...counters.flatMap((each) => [...targetsIn(each.memory), ...Object.keys(each.seenAt ?? {})]),
  ]);
  return { targets: [...targets], startedAt: settings.startedAt, lastAt };
}

function unfolded(kept: KeptJudge, names: JudgeSettings['names']): JudgeState {
  const settings = recallSettings(kept.settings, names);
  const targets = [...Object.keys(settings.weights), ...(kept.others ?? [])];
  const seen = recallSeen(kept, settings, targets);
  const frame = { targets, startedAt: settings.startedAt, lastAt: seen.lastAt };
  return {
    settings,
    ...seen,
    memory: recallMemory(kept.memory, frame),
    guardrails: recallGuardrails(kept.guardrails ?? {}, settings, frame),
  };
}
