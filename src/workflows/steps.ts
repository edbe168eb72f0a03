import { sleep } from '@temporalio/workflow';
import { DATA_ARE_BACK, endOf, leftBy, fromRevisionOf, toRevisionOf } from '../domain/rollback';
import type { Move, MoveKind } from '../domain/rollback';
import { consult, silence } from './consult';
import { look, SEGMENT_SAMPLES, tell, watchEvery } from './proxies';
import { contextOf, policyOf, targetsOf } from './context';
import { prepareTargets, shiftTargets, unwindTarget } from './effects';
import { page, pageWait } from './page';
import type { Run, Unstamped } from './run';

/** A move of one kind. */
export type MoveOf<Kind extends MoveKind> = Extract<Move, { kind: Kind }>;

/** One short function per move; each does what the move says and returns what came of it. */
export type Steps = { [Kind in Exclude<MoveKind, 'close'>]: (move: MoveOf<Kind>, run: Run) => Promise<Unstamped> };

const SLOW_WATCH_AFTER_MS = 600_000;
const SLOW_WATCH_EVERY_MS = 60_000;

async function assess(_move: MoveOf<'assess'>, run: Run): Promise<Unstamped> {
  return { kind: 'assessed', ...(await look.assess({ request: run.state.request, now: run.state.now })) };
}

async function plan(_move: MoveOf<'plan'>, run: Run): Promise<Unstamped> {
  const { request, assessment, census, course, touched, helped, now } = run.state;
  const policy = policyOf(run.state);
  if (assessment?.kind !== 'blamed')
    return { kind: 'unplannable', code: 'NOT_ASSESSED', detail: 'no release to blame' };
  const atOnce = course === 'now';
  const planned = await look.plan({ policy, request, assessment, census, atOnce, touched, helped, now });
  return planned.kind === 'plan' ? { kind: 'planned', plan: planned.plan } : planned;
}

async function check(_move: MoveOf<'check'>, run: Run): Promise<Unstamped> {
  const { plan: planned } = run.state;
  if (!planned) return { kind: 'unplannable', code: 'NO_PLAN', detail: 'there is no plan to check' };
  const { releases, quarantined } = run.state.request;
  return {
    kind: 'checked',
    ...(await look.check({ ...contextOf(run.state), plan: planned, releases, quarantined, now: run.state.now })),
  };
}

/** An environment that cannot be asked says no: nothing begins by itself that somebody may have stopped. */
async function claim(_move: MoveOf<'claim'>, run: Run): Promise<Unstamped> {
  const { environment, service, number } = run.state.request;
  const answer = await consult
    .askEnvironment({ environment, question: { kind: 'begin', service, number } })
    .catch(silence);
  return { kind: 'claimed', answer };
}

/** Nothing moves; the eyes stay open; the deadline does only what the policy says. */
async function wait(move: MoveOf<'wait'>, run: Run): Promise<Unstamped> {
  if (run.newlyAsked) pageWait(run);
  const deadline =
    run.state.asked?.waitId === move.wait.id ? (move.wait.deadline ?? run.state.asked.deadline) : move.wait.deadline;
  const remainingMs = Math.max(0, (deadline ?? run.state.now) - Date.now());
  const { watch } = move;
  if (!watch) {
    const againMs = Math.max(0, (move.wait.asksAgainAt ?? Infinity) - Date.now());
    await sleep(Math.min(remainingMs, againMs), { summary: `waiting: ${move.wait.reason}` });
    return againMs < remainingMs ? { kind: 'interrupted', move: 'wait' } : passed(move, run);
  }
  const { intervalMs } = policyOf(run.state).timing;
  const everyMs =
    Date.now() - move.wait.since > SLOW_WATCH_AFTER_MS ? Math.max(SLOW_WATCH_EVERY_MS, intervalMs) : intervalMs;
  const samples = Math.min(SEGMENT_SAMPLES, Math.ceil(remainingMs / everyMs));
  if (samples === 0) return passed(move, run);
  const context = contextOf(run.state);
  const goesOn = watch.bake === undefined ? {} : { phase: watch.bake };
  const seen = await run.observe(
    () => watchEvery(everyMs).watch({ ...context, order: watch, soaking: false, everyMs, maxSamples: samples }),
    (late, interruptedIn) => ({ kind: 'collected', ...goesOn, observation: late.observation, interruptedIn }),
  );
  if (seen.dataAreBack) page(run, 'DATA', DATA_ARE_BACK, 'info');
  return { kind: 'watched', ...goesOn, ...seen };
}

function passed(move: MoveOf<'wait'>, run: Run): Unstamped {
  pageWait(run);
  return { kind: 'deadlinePassed', waitId: move.wait.id };
}

async function census(move: MoveOf<'census'>, run: Run): Promise<Unstamped> {
  return { kind: 'censusTaken', ...(await look.readBack({ ...targetsOf(run.state), targets: move.targets })) };
}

async function prepare(move: MoveOf<'prepare'>, run: Run): Promise<Unstamped> {
  if (move.effects.length === 0) {
    await run.settle();
    return { kind: 'interrupted', move: 'prepare' };
  }
  const reports = await prepareTargets(run, contextOf(run.state), move.effects);
  return { kind: 'prepared', phase: move.phase, reports, background: false };
}

async function shift(move: MoveOf<'shift'>, run: Run): Promise<Unstamped> {
  return { kind: 'shifted', phase: move.phase, reports: await shiftTargets(run, contextOf(run.state), move.effects) };
}

async function bake(move: MoveOf<'bake'>, run: Run): Promise<Unstamped> {
  const context = contextOf(run.state);
  const { order, prepareNext } = move;
  if (prepareNext.length > 0) {
    run.inBackground(async (interruptedIn) => {
      const reports = await prepareTargets(run, context, prepareNext);
      run.record({
        kind: 'prepared',
        phase: order.phase + 1,
        reports,
        background: true,
        interruptedIn: interruptedIn(),
      });
    });
  }
  const { intervalMs } = context.policy.timing;
  const phaseStartedAt = run.state.phases[order.phase]?.appliedAt ?? run.state.now;
  const probesPass = (run.state.checks ?? []).every((result) => result.status === 'pass' || result.status === 'warn');
  const seen = await run.observe(
    () => watchEvery(intervalMs).bake({ ...context, order, phaseStartedAt, probesPass, maxSamples: SEGMENT_SAMPLES }),
    (late, interruptedIn) => ({
      kind: 'collected',
      phase: order.phase,
      observation: late.observation,
      interruptedIn,
    }),
  );
  return { kind: 'baked', phase: order.phase, ...seen };
}

async function unwind(move: MoveOf<'unwind'>, run: Run): Promise<Unstamped> {
  return { kind: 'unwound', report: await unwindTarget(run, contextOf(run.state), move.effect) };
}

async function soak(move: MoveOf<'soak'>, run: Run): Promise<Unstamped> {
  const context = contextOf(run.state);
  const { intervalMs, soakMs } = context.policy.timing;
  const samples = Math.min(SEGMENT_SAMPLES, Math.max(1, Math.ceil((soakMs - run.state.soakedMs) / intervalMs)));
  const seen = await run.observe(
    () =>
      watchEvery(intervalMs).watch({
        ...context,
        order: move.watch,
        soaking: true,
        everyMs: intervalMs,
        maxSamples: samples,
      }),
    (late, interruptedIn) => ({ kind: 'collected', observation: late.observation, interruptedIn }),
  );
  return { kind: 'soaked', ...seen };
}

/** After this the run makes no effect; commands that come now are refused and kept. */
async function report(_move: MoveOf<'report'>, run: Run): Promise<Unstamped> {
  await run.settle();
  const { state } = run;
  const end = endOf(state);
  const location = await tell.report({ state, end }).then(
    (archived) => archived.location,
    () => '',
  );
  await tell.sendOutcome({
    ref: { environment: state.request.environment, service: state.request.service, number: state.request.number },
    end,
    fromRevision: fromRevisionOf(state),
    toRevision: toRevisionOf(state),
    ...leftBy(state, end),
    uncovered: state.alertsOutside.filter((alert) => alert.status === 'firing'),
    reportLocation: location,
    at: run.state.now,
  });
  return { kind: 'reported', location };
}

/** The table that the loop works from, in the order of a rollback. */
export const steps: Steps = { assess, plan, check, claim, prepare, wait, census, shift, bake, unwind, soak, report };
