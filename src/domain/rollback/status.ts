import type { CommandKind } from './command';
import { admit } from './admit';
import { stepsByHand } from './by-hand';
import { countedAt, metricOf } from '../policy/policy';
import { evidenceView } from './evidence-view';
import { nextMove } from './next-move';
import {
  activeWeights,
  currentPhase,
  fromRevisionOf,
  hasMoved,
  movedWeight,
  presentWeights,
  shareOf,
  toRevisionOf,
} from './progress';
import { rollbackId } from './request';
import type { Move } from './move';
import type { RunState, Stage } from './state';
import type { StatusView } from './status-view';
import type { Wait } from './wait';
import { presentWait } from './waits';

const FAILING_WINDOW_MS = 60_000;

/** What people are shown of a run; every surface renders this and nothing else. */
export function statusView(state: RunState): StatusView {
  const { request } = state;
  const move = state.inFlight?.move ?? nextMove(state);
  const wait = state.end ? undefined : presentWait(state);
  const failing = failingNow(state);
  const evidence = evidenceView(state, move);
  const byHand = stepsByHand(state);
  return {
    id: rollbackId(request),
    environment: request.environment,
    service: request.service,
    number: request.number,
    fromRevision: fromRevisionOf(state) ?? request.fromRevision,
    toRevision: toRevisionOf(state) ?? request.toRevision,
    stage: stageOf(state, move),
    doing: state.end ? state.end.kind.toUpperCase() : DOING[move.kind],
    ...phaseView(state),
    startedAt: state.epoch,
    trigger: state.journal[0]?.text ?? '',
    targets: targetsView(state),
    moved: movedMean(state),
    ...symptomView(state),
    ...(failing ? { failing } : {}),
    ...slicesView(state),
    ...(byHand ? { byHand } : {}),
    ...(state.lastChange ? { lastChange: state.lastChange } : {}),
    next: nextText(state, move),
    ...expectedTimes(state, move),
    ...lastVerdict(state),
    ...(evidence ? { evidence } : {}),
    paused: state.paused !== undefined,
    ...(wait ? { wait: waitView(wait, failing) } : {}),
    youCan: (['now', 'pause', 'resume', 'unwind', 'abort'] as const).filter((kind) => possible(state, kind)),
    ...(state.end ? { end: state.end } : {}),
    ...(state.reportLocation === undefined ? {} : { reportLocation: state.reportLocation }),
    asOf: state.now,
    ...(state.policy ? { policyHash: state.policy.hash } : {}),
  };
}

/** The stage of a run: what the move in flight belongs to. */
export function stageOf(state: RunState, move: Move): Stage {
  if (state.end) return 'ended';
  switch (move.kind) {
    case 'assess':
      return 'detecting';
    case 'plan':
      return 'planning';
    case 'check':
    case 'claim':
    case 'prepare':
      return 'preparing';
    case 'wait':
      return 'waiting';
    case 'shift':
    case 'bake':
    case 'unwind':
      return 'moving';
    case 'census':
      return move.because === 'final' ? 'finalising' : 'moving';
    case 'soak':
      return 'finalising';
    case 'report':
    case 'close':
      return 'analysing';
  }
}

const DOING: Readonly<Record<Move['kind'], string>> = {
  assess: 'ASSESSING',
  plan: 'PLANNING',
  check: 'CHECKING',
  claim: 'ASKING',
  prepare: 'PREPARING',
  wait: 'WAITING',
  shift: 'SHIFTING',
  bake: 'WATCHING',
  census: 'READING BACK',
  unwind: 'UNWINDING',
  soak: 'SOAKING',
  report: 'REPORTING',
  close: 'CLOSING',
};

function possible(state: RunState, kind: CommandKind): boolean {
  return admit(state, { id: '', kind, by: '', at: 0 }).ok;
}

/** Where the move in flight stands, for whoever logs beside it: its stage, and the number of the phase from 1. */
export function whereabouts(state: RunState): { readonly stage: Stage; readonly phase?: number } | undefined {
  if (!state.inFlight) return undefined;
  const { phase } = phaseView(state);
  return { stage: stageOf(state, state.inFlight.move), ...(phase ? { phase: phase.number } : {}) };
}

function phaseView(state: RunState): Pick<StatusView, 'phase'> {
  const phase = currentPhase(state);
  if (!state.plan || !phase) return {};
  return { phase: { number: phase.index + 1, of: state.plan.phases.length, name: phase.name } };
}

function targetsView(state: RunState): StatusView['targets'] {
  const phase = currentPhase(state);
  const names = state.policy?.targets.map((target) => target.name) ?? state.plan?.extent ?? [];
  const inExtent = extentOf(state);
  return names.map((name) => {
    const reading = state.census[name];
    return {
      name,
      weight: movedWeight(state, name),
      planned: phase && activeWeights(state, phase).find((planned) => planned.target === name)?.weight,
      inExtent: inExtent.includes(name) && !state.skipped.includes(name),
      unknown: state.unknown.includes(name),
      ...(reading ? { readBackAt: reading.at } : {}),
      ...(reading?.units ? { units: reading.units } : {}),
    };
  });
}

/** What is or will be planned; before there is a plan, all that was assessed. */
function extentOf({ plan, assessment }: RunState): readonly string[] {
  return plan?.extent ?? (assessment?.kind === 'blamed' ? assessment.extent : []);
}

function movedMean(state: RunState): number {
  const all = extentOf(state);
  // Users come through what stands in front; what is behind it has none of its own.
  const own = new Set(state.policy ? countedAt(state.policy, all) : all);
  const extent = all.some((target) => own.has(target)) ? all.filter((target) => own.has(target)) : all;
  if (extent.length === 0) return 0;
  return extent.reduce((sum, target) => sum + movedWeight(state, target), 0) / extent.length;
}

function failingNow(state: RunState): StatusView['failing'] {
  const last = state.traffic.at(-1);
  if (!last) return undefined;
  const window = state.traffic.filter((point) => point.at > last.at - FAILING_WINDOW_MS);
  const sum = (cohort: 'current' | 'stable') => ({
    requests: window.reduce((total, point) => total + point[cohort].requests, 0),
    bad: window.reduce((total, point) => total + point[cohort].bad, 0),
  });
  const windowMs = Math.max(last.at - (window[0]?.at ?? last.at), state.policy?.timing.intervalMs ?? 0);
  return { current: sum('current'), stable: sum('stable'), windowMs, at: last.at };
}

function symptomView({ policy, request }: RunState): Pick<StatusView, 'symptom'> {
  const kind = policy && metricOf(policy, request.cause)?.kind;
  return kind === undefined || kind === 'errors' ? {} : { symptom: kind };
}

function slicesView(state: RunState): Pick<StatusView, 'splits' | 'narrower'> {
  const splits = state.assessment?.kind === 'blamed' ? state.assessment.splits : undefined;
  const narrower = state.end || hasMoved(state) ? undefined : state.plan?.narrower;
  return { ...(splits ? { splits } : {}), ...(narrower ? { narrower } : {}) };
}

function lastVerdict(state: RunState): Pick<StatusView, 'verdict'> {
  const entry = state.journal.findLast((candidate) => candidate.verdict !== undefined);
  return entry ? { verdict: entry.text } : {};
}

function waitView(wait: Wait, failing: StatusView['failing']): NonNullable<StatusView['wait']> {
  const cost =
    failing && failing.windowMs > 0
      ? ((failing.current.bad + failing.stable.bad) / failing.windowMs) * 60_000
      : undefined;
  return {
    id: wait.id,
    for: wait.for,
    reason: wait.reason,
    ...(wait.code === undefined ? {} : { code: wait.code }),
    text: wait.text,
    since: wait.since,
    ...(cost === undefined ? {} : { costPerMinute: Math.round(cost) }),
    options: wait.options,
    byItself: wait.byItself,
    ...(wait.deadline === undefined ? {} : { deadline: wait.deadline }),
    ...(wait.asksAgainAt === undefined ? {} : { asksAgainAt: wait.asksAgainAt }),
  };
}

/** When things should come about by themselves, from what the plan expects of a phase; nothing while it waits. */
function expectedTimes(state: RunState, move: Move): Pick<StatusView, 'expected'> {
  const { plan } = state;
  const phase = currentPhase(state);
  if (!plan || !phase || state.course !== 'forward' || (move.kind !== 'bake' && move.kind !== 'shift')) return {};
  const eachMs = plan.expectedReliefMs / plan.phases.length;
  const passedAt = Math.max(state.now, (state.phases[phase.index]?.appliedAt ?? state.now) + eachMs);
  const later = plan.phases.slice(phase.index + 1);
  const reliefAt = later.length === 0 ? {} : { reliefAt: passedAt + (later.length - 1) * eachMs };
  return { expected: { ...(move.kind === 'bake' ? { nextAt: passedAt } : {}), ...reliefAt } };
}

function nextText(state: RunState, move: Move): string {
  if (state.end) return 'nothing: it has ended';
  const phase = currentPhase(state);
  const following = phase && state.plan?.phases[phase.index + 1];
  switch (move.kind) {
    case 'assess':
      return 'find the release to blame';
    case 'plan':
      return 'plan the phases';
    case 'check':
      return 'check that the old revision can take the traffic';
    case 'claim':
      return 'ask whether it may begin to move by itself now';
    case 'prepare':
      return 'make the old revision ready, then move';
    case 'shift':
      return `${move.effects.map((effect) => `${effect.target} → ${shareOf(state, effect.target, effect.desired)}`).join(', ')}, then watch`;
    case 'bake':
      return following
        ? `${following.name} by itself unless ${toRevisionOf(state) ?? 'the old revision'} gets worse`
        : 'soak, then the report';
    case 'wait':
      return move.wait.byItself;
    case 'census':
      return 'go on once read back';
    case 'unwind':
      return 'the next target back, then the report';
    case 'soak':
      return 'read everything back, then the report';
    case 'report':
    case 'close':
      return 'close';
  }
}

/** The present weights per target in a few words, for summaries and search. */
export function weightsSummary(state: RunState): string {
  return presentWeights(state)
    .map(({ target, weight }) => `${target} ${state.census[target]?.units ? shareOf(state, target) : weight}`)
    .join(' · ');
}
