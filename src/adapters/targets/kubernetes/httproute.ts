import { z } from 'zod';
import type { DeploymentTarget } from '../../../ports';
import type { AdapterDependencies } from '../../dependencies';
import { outsideText } from '../../outside-text';
import { targetKind } from '../../kinds';
import { metadataSchema } from './objects';
import type { Route, TakenOver } from './route';
import { createRouteTarget } from './route-target';
import { routeSettings } from './route-state';
import type { RouteKind } from './route-state';

/** A target that is the split of an HTTPRoute of the Gateway API. */
export const httpRouteTargetSchema = z.strictObject({ type: z.literal('kubernetes-httproute'), ...routeSettings });

/** A route whose weights a gateway follows; what the gateway has not accepted is not counted as served. */
export function createHttpRouteTarget(
  name: string,
  config: z.infer<typeof httpRouteTargetSchema>,
  deps: AdapterDependencies,
): DeploymentTarget {
  return createRouteTarget(name, config, deps, httpRoute);
}

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  observedGeneration: z.int().default(0),
  reason: z.string().default(''),
  message: z.string().default(''),
});

const httpRouteSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    rules: z
      .array(
        z.object({
          name: z.string().optional(),
          backendRefs: z.array(z.object({ name: z.string(), weight: z.int().default(1) })).default([]),
        }),
      )
      .default([]),
  }),
  status: z
    .object({
      parents: z
        .array(
          z.object({
            parentRef: z.object({ name: z.string() }),
            conditions: z.array(conditionSchema).default([]),
          }),
        )
        .default([]),
    })
    .default({ parents: [] }),
});

type HttpRoute = z.infer<typeof httpRouteSchema>;
type Condition = z.infer<typeof conditionSchema>;

const httpRoute: RouteKind = {
  noun: 'HTTPRoute',
  group: 'gateway.networking.k8s.io/v1',
  plural: 'httproutes',
  tellsTakeUp: true,
  splitsServices: true,
  shownByHand: 'jsonpath={range .spec.rules[*].backendRefs[*]}{.name} {.weight}{"\\n"}{end}',
  parse(object, rule): Route | string {
    const read = httpRouteSchema.safeParse(object);
    if (!read.success) return read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    const { metadata, spec } = read.data;
    const splits = spec.rules.flatMap(({ name, backendRefs }, index) => {
      if (rule !== undefined && name !== rule) return [];
      const backends = backendRefs.map((backend, position) => {
        const at = `/spec/rules/${index}/backendRefs/${position}`;
        return { service: backend.name, weight: backend.weight, at, known: { at: `${at}/name`, value: backend.name } };
      });
      return [{ name: name === undefined ? `rule ${index}` : `the rule "${name}"`, backends }];
    });
    if (rule !== undefined && splits.length === 0) return `it has no rule called "${rule}"`;
    return { metadata, splits, takenOver: takenOver(read.data) };
  },
};

/** Every gateway that the route is for must have accepted it as it now is, whole, with all that it refers to. */
function takenOver({ metadata, status }: HttpRoute): TakenOver {
  if (status.parents.length === 0) return { kind: 'rejected', because: 'no gateway has taken it over' };
  for (const { parentRef, conditions } of status.parents) {
    const saying = (type: string): Condition | undefined =>
      conditions.find((condition) => condition.type === type && condition.observedGeneration >= metadata.generation);
    const gateway = `the gateway ${parentRef.name}`;
    for (const type of ['Accepted', 'ResolvedRefs']) {
      const found = saying(type);
      if (!found) return { kind: 'notYet', because: `${gateway} has not taken over its last change` };
      if (found.status !== 'True')
        return { kind: 'rejected', because: `${gateway} says that ${type} is ${found.status}: ${whyOf(found)}` };
    }
    // It stands beside Accepted: rules are left out then, or kept as they were before, and which ones it does not say.
    const partial = saying('PartiallyInvalid');
    if (partial?.status === 'True')
      return {
        kind: 'rejected',
        because: `${gateway} takes only a part of it over (PartiallyInvalid): ${whyOf(partial)}; mend the rules that it names`,
      };
  }
  return { kind: 'yes' };
}

function whyOf({ reason, message }: Condition): string {
  return outsideText(`${reason} ${message}`);
}

/** A route of the Gateway API. */
export const httpRouteTarget = targetKind(httpRouteTargetSchema, (config, deps, { name }) =>
  createHttpRouteTarget(name, config, deps),
);
