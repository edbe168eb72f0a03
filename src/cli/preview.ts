import { createAdapters, resolveSecret } from '../adapters';
import { loadConfigFile, policyFor } from '../config';
import type { Cause } from '../domain/alert/alert';
import { blame } from '../domain/alert/blame';
import type { Census } from '../domain/plan/census';
import type { RollbackPlan } from '../domain/plan/plan';
import { planRollback } from '../domain/plan/planner';
import type { Pace, ServicePolicy } from '../domain/policy/policy';
import type { RollbackRequest } from '../domain/rollback/request';
import type { ServiceView } from '../domain/service/view';
import type { ServiceName } from './door';
import { CliError, EXIT } from './exit-codes';

const LOOK_MS = 5_000;

/** What is asked for. */
export interface PreviewInput {
  readonly service: ServiceName;
  /** What the service knows of its releases; undefined when nobody ever told it anything. */
  readonly view: ServiceView | undefined;
  readonly configFile: string;
  readonly fromRevision?: string;
  readonly toRevision?: string;
  readonly cause: Cause;
  readonly pace?: Pace;
  readonly extent?: Readonly<Record<string, string>>;
  readonly now: number;
}

/** The plan that a start would make now, or why there is none. */
export type Preview =
  | {
      readonly kind: 'plan';
      readonly plan: RollbackPlan;
      readonly unreadable: readonly { readonly target: string; readonly detail: string }[];
    }
  | { readonly kind: 'none'; readonly code: string; readonly detail: string };

/** Reads the targets and plans with the same pure planner as a real run; takes no lock and changes nothing. */
export async function preview(input: PreviewInput): Promise<Preview> {
  const { service, now } = input;
  const found = policyFor(await loadConfigFile(input.configFile), service.environment, service.service);
  if (!found.ok) throw new CliError(EXIT.usage, found.error);
  const { policy } = found;
  const { census, unreadable } = await look(policy, now);
  const request = requestOf(input, policy);
  const assessment = blame({ request, policy, census, now });
  if (assessment.kind === 'unblamed') return { kind: 'none', code: assessment.reason, detail: assessment.because };
  const planned = planRollback({
    policy,
    request,
    assessment,
    census,
    pace: input.pace ?? policy.pace,
    atOnce: false,
    now,
  });
  if (planned.kind === 'unplannable') return { kind: 'none', code: planned.code, detail: planned.detail };
  return { kind: 'plan', plan: planned.plan, unreadable };
}

function requestOf(input: PreviewInput, policy: ServicePolicy): RollbackRequest {
  const { view, fromRevision, toRevision, extent, cause, pace } = input;
  return {
    environment: policy.environment,
    service: policy.service,
    number: (view?.past[0]?.number ?? 0) + 1,
    trigger: { kind: 'person', by: 'preview', reason: 'a dry run', at: input.now },
    cause,
    mode: policy.mode,
    course: 'forward',
    releases: (view?.releases ?? []).toReversed(),
    quarantined: view?.quarantined ?? [],
    ...(pace === undefined ? {} : { pace }),
    ...(fromRevision === undefined ? {} : { fromRevision }),
    ...(toRevision === undefined ? {} : { toRevision }),
    ...(extent === undefined ? {} : { extent }),
  };
}

async function look(
  policy: ServicePolicy,
  now: number,
): Promise<{
  readonly census: Census;
  readonly unreadable: readonly { readonly target: string; readonly detail: string }[];
}> {
  const adapters = createAdapters({ resolveSecret, log: { info: () => undefined }, now: () => now });
  const census: Record<string, Census[string]> = {};
  const unreadable: { readonly target: string; readonly detail: string }[] = [];
  await Promise.all(
    policy.targets.map(async (target) => {
      try {
        census[target.name] = await adapters.target(target).observe(AbortSignal.timeout(LOOK_MS));
      } catch (error) {
        unreadable.push({ target: target.name, detail: error instanceof Error ? error.message : String(error) });
      }
    }),
  );
  return { census, unreadable };
}
