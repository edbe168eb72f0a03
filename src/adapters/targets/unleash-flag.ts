import { z } from 'zod';
import type { RevisionReading } from '../../domain/plan/census';
import { revisionNamed } from './flag-effect';

const WHOLE = 100;

const strategySchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  disabled: z.boolean().nullish(),
  parameters: z.record(z.string(), z.string()).default({}),
  constraints: z.array(z.unknown()).default([]),
  segments: z.array(z.unknown()).default([]),
});

const environmentSchema = z.object({ enabled: z.boolean(), strategies: z.array(strategySchema).default([]) });

type Strategy = z.infer<typeof strategySchema>;
type Problem = { readonly problem: string };

/** A flag of one environment as the share of those for whom it is on. */
export interface UnleashFlag {
  /** Percent for whom it is on. */
  readonly on: number;
  readonly strategyId?: string;
  readonly parameters: Strategy['parameters'];
  /** Why its share cannot be set, and what to do about it. */
  readonly fixed?: string;
}

/** The two sides of a flag. */
export type Side = 'on' | 'off';

/** What Unleash says of a flag in one environment; undefined where that is no such document. */
export function readEnvironment(document: unknown): UnleashFlag | Problem | undefined {
  const parsed = environmentSchema.safeParse(document);
  if (!parsed.success) return undefined;
  const { enabled, strategies } = parsed.data;
  const active = strategies.filter(({ disabled }) => disabled !== true);
  const [strategy, ...others] = active;
  if (others.length > 0)
    return { problem: `it has ${active.length} strategies, whose shares overlap: leave it one, a gradual rollout` };
  const flag: UnleashFlag | Problem = strategy ? readOne(strategy) : { on: WHOLE, parameters: {}, fixed: NO_ROLLOUT };
  if ('problem' in flag) return flag;
  if (revisionNamed(flag.parameters, 'on') === revisionNamed(flag.parameters, 'off'))
    return { problem: 'on and off are the same revision: see the parameters revision.on and revision.off' };
  return enabled ? flag : { ...flag, on: 0, fixed: 'it is turned off here: turn it on, with the rollout that counts' };
}

const NO_ROLLOUT = 'it is on for all, without a share: give it one strategy, a gradual rollout';

/** What an answer to a change says; undefined where that is no such document. */
export function readStrategy(document: unknown): UnleashFlag | undefined {
  const parsed = strategySchema.safeParse(document);
  if (!parsed.success) return undefined;
  const flag = readOne(parsed.data);
  return 'problem' in flag ? undefined : flag;
}

function readOne({ id, name, parameters, constraints, segments }: Strategy): UnleashFlag | Problem {
  if (constraints.length + segments.length > 0)
    return {
      problem: 'its strategy is for some users only, by constraints or segments: put those into a flag of their own',
    };
  if (name === 'default') return { on: WHOLE, parameters, fixed: NO_ROLLOUT };
  if (name !== 'flexibleRollout')
    return { problem: `its strategy ${name} has no share: replace it by a gradual rollout` };
  const on = Number(parameters['rollout']);
  if (!Number.isFinite(on) || on < 0 || on > WHOLE || parameters['rollout']?.trim() === '')
    return { problem: `its rollout is "${parameters['rollout'] ?? ''}": set a percentage` };
  if (parameters['stickiness'] === 'random')
    return { problem: 'its stickiness is random, so that everybody would change at every request: set another' };
  return { on, strategyId: id, parameters };
}

/** Which side stands for the revision. */
export function sideOf({ parameters }: UnleashFlag, revision: string): Side | undefined {
  return (['on', 'off'] as const).find((side) => revisionNamed(parameters, side) === revision);
}

/** Percent of users on that side. */
export function shareOf({ on }: UnleashFlag, side: Side): number {
  return side === 'on' ? on : WHOLE - on;
}

/** Unleash tells users apart by whole percent; some are never none. */
export function wholePercent(desired: number): number {
  return desired > 0 ? Math.max(1, Math.round(desired)) : 0;
}

/** Both sides as revisions. The code of both is in every instance, so both are ready for everything. */
export function revisionsOf(flag: UnleashFlag): readonly RevisionReading[] {
  return (['on', 'off'] as const).map((side) => {
    const revision = revisionNamed(flag.parameters, side);
    const known = revision === side ? {} : { knownAs: [side] };
    return { revision, weight: shareOf(flag, side), readyCapacity: WHOLE, readyInstances: 1, ...known };
  });
}
