import { fullName } from '../domain/report';
import { rollbackId } from '../domain/rollback/request';
import type { RollbackRef } from '../domain/rollback/request';
import type { Build, OpenRun, ReplayProblem } from '../temporal';
import type { DeploymentsDoor } from './door';
import { lazy } from './lazy';

/** What became of a wish to change the build of something. */
export type Upgrade =
  | { readonly result: 'applied'; readonly text: string }
  | {
      readonly result: 'refused';
      readonly code: 'NO_WORKER' | 'NOT_RUNNING' | 'DOES_NOT_REPLAY';
      readonly text: string;
    };

const NAMED_PROBLEMS = 5;

/**
 * Makes a build the current one: everything new starts on it, and everything that is not pinned goes on there with its
 * next step, so all of that is replayed through the bundle first.
 */
export async function makeCurrent(deployments: DeploymentsDoor, to: Build, bundlePath: string): Promise<Upgrade> {
  const unserved = await noWorker(deployments, to);
  if (unserved) return unserved;
  const following = (await deployments.openRuns()).filter(({ how }) => how === 'follows');
  const problems = await replay(deployments, following, bundlePath);
  if (problems.length > 0) {
    return refused(
      'DOES_NOT_REPLAY',
      `${problems.length} of ${following.length} workflows that would go to build ${to.buildId} at once do not replay on it, and would stand still there. Nothing was changed: this build needs a new rules number or a patch (CONTRIBUTING.md).${listed(problems)}`,
    );
  }
  await deployments.makeCurrent(to);
  const went = following.length === 0 ? '' : `; ${following.length} replayed and go on there`;
  return {
    result: 'applied',
    text: `build ${to.buildId} of ${to.deployment} is current: what is new starts on it${went}`,
  };
}

/** Moves one running rollback to a build, if its history replays through the bundle of that build. */
export async function moveRun(
  deployments: DeploymentsDoor,
  ref: RollbackRef,
  to: Build,
  bundlePath: string,
): Promise<Upgrade> {
  const name = fullName(ref);
  const run = await deployments.openRun(rollbackId(ref));
  if (!run) return refused('NOT_RUNNING', `${name} does not run, so there is nothing to move`);
  const from = buildText(run);
  if (run.how === 'pinned' && isOn(run, to))
    return { result: 'applied', text: `${name} is on build ${to.buildId} already` };
  const unserved = await noWorker(deployments, to);
  if (unserved) return unserved;
  const [problem] = await replay(deployments, [run], bundlePath);
  if (problem) {
    return refused(
      'DOES_NOT_REPLAY',
      `${name} stays on ${from}: build ${to.buildId} would have taken other steps than those in its history, and would stand still at the first of them. Keep workers of ${from} until it has ended. The replay said: ${problem.detail}`,
    );
  }
  await deployments.pin(run, to);
  return { result: 'applied', text: `${name} moved from ${from} to build ${to.buildId}, which its history replays on` };
}

/** The build of a run in words. */
export function buildText({ build }: Pick<OpenRun, 'build'>): string {
  return build ? `build ${build.buildId}` : 'unversioned workers';
}

function isOn({ build }: OpenRun, to: Build): boolean {
  return build?.deployment === to.deployment && build.buildId === to.buildId;
}

async function noWorker(deployments: DeploymentsDoor, to: Build): Promise<Upgrade | undefined> {
  const queues = await deployments.stillUnpolled(to);
  if (queues.length === 0) return undefined;
  return refused(
    'NO_WORKER',
    `no worker of build ${to.buildId} of ${to.deployment} is seen (task queue ${queues.join(', ')}). Start one: phased-rollback worker --deployment ${to.deployment} --build-id ${to.buildId}`,
  );
}

async function replay(
  deployments: DeploymentsDoor,
  runs: readonly OpenRun[],
  bundlePath: string,
): Promise<readonly ReplayProblem[]> {
  if (runs.length === 0) return [];
  async function* histories() {
    for (const run of runs) yield await deployments.history(run);
  }
  return lazy.temporal().replayThrough(bundlePath, histories());
}

function listed(problems: readonly ReplayProblem[]): string {
  const named = problems.slice(0, NAMED_PROBLEMS).map(({ workflowId, detail }) => `\n  ${workflowId}: ${detail}`);
  const more = problems.length - named.length;
  return `${named.join('')}${more > 0 ? `\n  and ${more} more` : ''}`;
}

function refused(code: Extract<Upgrade, { result: 'refused' }>['code'], text: string): Upgrade {
  return { result: 'refused', code, text };
}
