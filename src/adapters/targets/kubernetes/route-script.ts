import type { TargetScript } from '../../../domain/plan/script';
import type { ScriptQuestion } from '../../../ports';
import { clusterByHand, untold } from './by-hand';
import type { ClusterByHand } from './by-hand';
import { carryLines, rollOutOf } from './carry-by-hand';
import { weightOperations } from './route';
import { fullSize, NO_SIZE, ownedBy, podsFor, servicesOf, slotsFor, trafficElsewhere } from './route-state';
import type { RoutePlace, RouteState } from './route-state';
import type { Workload } from './workload';

/** True once every gateway has accepted the newest change with all that it refers to. */
const IS_TAKEN =
  'NR == 1 { newest = $1; next } $1 == "parent" { wanted += 2; next } ' +
  '($1 == "Accepted" || $1 == "ResolvedRefs") && $2 == "True" && $3 >= newest { found++ } ' +
  'END { exit !(wanted > 0 && found == wanted) }';
const TAKEN =
  'jsonpath={.metadata.generation}{"\\n"}{range .status.parents[*]}{"parent\\n"}{end}' +
  '{range .status.parents[*].conditions[*]}{.type} {.status} {.observedGeneration}{"\\n"}{end}';

/**
 * The weights of a route as commands, after the pods that have to carry them. Our own marks stay as they are: what was
 * changed by hand is no effect of ours, and the next one finds it.
 */
export function routeByHand(
  place: RoutePlace,
  state: RouteState,
  server: string,
  { revision, weights }: ScriptQuestion,
): TargetScript {
  const { target, kind, settings } = place;
  const slots = slotsFor(state, revision);
  if ('code' in slots) throw untold(target, slots);
  const full = fullSize(state, settings);
  const refusal = ownedBy(place, state) ?? trafficElsewhere(state) ?? (full === 0 ? NO_SIZE : undefined);
  if (refusal !== undefined) throw untold(target, refusal);
  const shell = clusterByHand(target, server, settings.namespace);
  const [group = '', version = ''] = kind.group.split('/');
  const route = [`${kind.plural}.${version}.${group}`, settings.route];
  const services = servicesOf(settings);
  const enough = (slot: Workload, share: number): string =>
    `${shell.functionOf('carry')} ${slot.name} ${podsFor(full, share)} ${rollOutOf(slot)}`;
  return {
    needs: kind.tellsTakeUp ? ['awk', 'kubectl'] : ['kubectl'],
    begin: [...shell.begin, ...carryLines(shell), ...(kind.tellsTakeUp ? takenLines(shell, route) : [])],
    steps: weights.map((weight) => {
      const change = weightOperations(state.route, services, { service: services[slots.to], percent: weight });
      return {
        weight,
        lines: [
          enough(state.slots[slots.to], weight),
          enough(state.slots[slots.from], 100 - weight),
          shell.kubectl('patch', ...route, '--type', 'json', '--patch', JSON.stringify(change)),
          ...(kind.tellsTakeUp ? [shell.until('taken')] : []),
        ],
      };
    }),
    show: [shell.kubectl('get', ...route, '--output', kind.shownByHand)],
  };
}

function takenLines(shell: ClusterByHand, route: readonly string[]): readonly string[] {
  const asked = shell.kubectl('get', ...route, '--output', TAKEN);
  return [`${shell.functionOf('taken')}() { ${asked} | awk '${IS_TAKEN}'; }`];
}
