import { z } from 'zod';
import type { DeploymentTarget } from '../../../ports';
import type { AdapterDependencies } from '../../dependencies';
import { targetKind } from '../../kinds';
import { metadataSchema } from './objects';
import type { Route } from './route';
import { createRouteTarget } from './route-target';
import { routeSettings } from './route-state';
import type { RouteKind, RouteSettings } from './route-state';
import { nameField } from './settings';

const destinationField = z.strictObject({
  host: z.string().min(1).max(253).describe('as it stands in the VirtualService'),
  subset: z.string().min(1).optional().describe('its subset, where revisions are subsets of one host'),
  deployment: nameField.describe('the Deployment behind it'),
});

/** A target that is the split of a VirtualService of Istio. */
export const virtualServiceTargetSchema = z.strictObject({
  type: z.literal('kubernetes-virtualservice'),
  ...routeSettings,
  backends: z
    .tuple([destinationField, destinationField])
    .refine(([one, two]) => keyOf(one) !== keyOf(two), 'must be two different destinations')
    .describe('the two destinations between which the route splits'),
});

/** A route whose weights Istio follows without saying so; metrics tell whether traffic does. */
export function createVirtualServiceTarget(
  name: string,
  config: z.infer<typeof virtualServiceTargetSchema>,
  deps: AdapterDependencies,
): DeploymentTarget {
  const [one, two] = config.backends;
  const backends: RouteSettings['backends'] = [
    { service: keyOf(one), deployment: one.deployment },
    { service: keyOf(two), deployment: two.deployment },
  ];
  return createRouteTarget(name, { ...config, backends }, deps, virtualService);
}

function keyOf({ host, subset }: { readonly host: string; readonly subset?: string }): string {
  return subset === undefined ? host : `${host}, subset ${subset}`;
}

const virtualServiceSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    http: z
      .array(
        z.object({
          name: z.string().optional(),
          route: z
            .array(
              z.object({
                destination: z.looseObject({ host: z.string(), subset: z.string().optional() }),
                weight: z.int().default(0),
              }),
            )
            .default([]),
        }),
      )
      .default([]),
  }),
});

const virtualService: RouteKind = {
  noun: 'VirtualService',
  group: 'networking.istio.io/v1',
  plural: 'virtualservices',
  tellsTakeUp: false,
  splitsServices: false,
  shownByHand: 'jsonpath={range .spec.http[*].route[*]}{.destination.host} {.destination.subset} {.weight}{"\\n"}{end}',
  parse(object, rule): Route | string {
    const read = virtualServiceSchema.safeParse(object);
    if (!read.success) return read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    const splits = read.data.spec.http.flatMap(({ name, route }, index) => {
      if (rule !== undefined && name !== rule) return [];
      const backends = route.map(({ destination, weight }, position) => {
        const at = `/spec/http/${index}/route/${position}`;
        // A lone destination gets everything, whatever its weight.
        const share = route.length === 1 ? 1 : weight;
        const known = { at: `${at}/destination`, value: destination };
        return { service: keyOf(destination), weight: share, at, known };
      });
      return [{ name: name === undefined ? `rule ${index}` : `the rule "${name}"`, backends }];
    });
    if (rule !== undefined && splits.length === 0) return `it has no rule called "${rule}"`;
    return { metadata: read.data.metadata, splits, takenOver: { kind: 'yes' } };
  },
};

/** A route of Istio. */
export const virtualServiceTarget = targetKind(virtualServiceTargetSchema, (config, deps, { name }) =>
  createVirtualServiceTarget(name, config, deps),
);
