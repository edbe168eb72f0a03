import type { RollbackActivities, TargetsContext } from '../contracts/activities';
import { blame } from '../domain/alert/blame';
import type { Census } from '../domain/plan/census';
import { planRollback } from '../domain/plan/planner';
import { countedAt } from '../domain/policy/policy';
import type { ServicePolicy } from '../domain/policy/policy';
import { TerminalError } from '../ports';
import { scriptsOf } from './by-hand';
import { readLimit } from './calls';
import { runChecks } from './checks';
import type { ActivityDependencies } from './dependencies';
import { createEffectActivities } from './effects';
import { knownTarget } from './known-target';
import { measureTraffic } from './measure-traffic';
import { splitFailures } from './split-failures';
import { tellAll } from './tell-all';
import { storeReport } from './report';
import { wholeOrNothing } from './to-application-failure';

/** The short activities of a rollback, closing over what they need of the world. */
export function createRollbackActivities(deps: ActivityDependencies): RollbackActivities {
  return { ...wholeOrNothing(createReads(deps)), ...createEffectActivities(deps), ...createTellings(deps) };
}

function createReads(deps: ActivityDependencies): Pick<RollbackActivities, 'assess' | 'plan' | 'check' | 'readBack'> {
  return {
    async assess({ request, now }) {
      const loaded = await deps.loadPolicy(request.environment, request.service);
      if (!loaded.ok) throw new TerminalError('POLICY_INVALID', loaded.error);
      const { policy } = loaded;
      const { slots } = request;
      const { census } = await readTargets(deps, { policy, ...(slots ? { slots } : {}) }, names(policy));
      const assessment = blame({ request, policy, census, now });
      if (assessment.kind === 'unblamed' || request.course === 'now') return { policy, assessment, census };
      const { extent, fromRevision, toRevision } = assessment;
      const targets = countedAt(policy, extent);
      const question = { policy, cause: request.cause, targets, fromRevision, toRevision, census };
      const [traffic, splits] = await Promise.all([
        measureTraffic(deps, question),
        splitFailures(deps, question, request),
      ]);
      const seen = { ...assessment, ...(traffic ? { traffic } : {}), ...(splits ? { splits } : {}) };
      return { policy, assessment: seen, census };
    },
    async plan(input) {
      return planRollback(input);
    },
    async check(input) {
      const { census } = await readTargets(deps, input, names(input.policy));
      const [results, scripts] = await Promise.all([runChecks(deps, input, census), scriptsOf(deps, input, census)]);
      return { results, census, scripts };
    },
    async readBack({ targets, ...context }) {
      return readTargets(deps, context, targets);
    },
  };
}

function createTellings(deps: ActivityDependencies): Pick<RollbackActivities, 'report' | 'notify' | 'sendOutcome'> {
  return {
    async report({ state, end }) {
      return { location: await storeReport(deps, state, end) };
    },
    async notify({ policy, ...notification }) {
      await tellAll(deps, policy, notification, readLimit);
    },
    async sendOutcome(ended) {
      await deps.sendOutcome(ended);
    },
  };
}

function names(policy: ServicePolicy): readonly string[] {
  return policy.targets.map((target) => target.name);
}

/** Reads each target; one that cannot be read is named with why, never guessed. */
async function readTargets(
  deps: ActivityDependencies,
  context: TargetsContext,
  targets: readonly string[],
): Promise<{ census: Census; unreadable: readonly { target: string; detail: string }[] }> {
  const census: Record<string, Census[string]> = {};
  const unreadable: { target: string; detail: string }[] = [];
  await Promise.all(
    targets.map(async (name) => {
      const target = context.policy.targets.find((candidate) => candidate.name === name);
      try {
        if (!target) throw new TerminalError('TARGET_MISCONFIGURED', 'not in the policy');
        census[name] = await knownTarget(deps, context, target).observe(readLimit());
      } catch (error) {
        unreadable.push({ target: name, detail: error instanceof Error ? error.message : String(error) });
      }
    }),
  );
  return { census, unreadable };
}
