import { objectionText } from '../../../domain/plan/objection';
import type { TargetScript } from '../../../domain/plan/script';
import { TerminalError } from '../../../ports';
import type { ScriptQuestion } from '../../../ports';
import { clusterByHand } from './by-hand';
import type { ClusterByHand } from './by-hand';
import { weightOperations } from './route';
import { fullSize, nounOf, ownedBy, podsFor, servicesOf, slotsFor } from './route-state';
import type { RoutePlace, RouteState } from './route-state';
import type { Workload } from './workload';

const ROLL_OUT = 'deployment.kubernetes.io/revision';
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
  const refusal = 'code' in slots ? slots : ownedBy(place, state);
  if ('code' in slots || refusal !== undefined)
    throw new TerminalError('TARGET_MISCONFIGURED', `${target}: ${refusal ? objectionText(refusal) : nounOf(place)}`);
  const shell = clusterByHand(target, server, settings.namespace);
  const [group = '', version = ''] = kind.group.split('/');
  const route = [`${kind.plural}.${version}.${group}`, settings.route];
  const full = fullSize(state, settings);
  const services = servicesOf(settings);
  const enough = (slot: Workload, share: number): string => enoughOf(shell, slot, podsFor(full, share));
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

function enoughOf(shell: ClusterByHand, slot: Workload, pods: number): string {
  const rollOut = slot.metadata.annotations[ROLL_OUT] ?? '';
  return [shell.functionOf('carry'), slot.name, String(pods), rollOut === '' ? "''" : rollOut].join(' ');
}

/** Scales up, never down, and only what still runs what it ran when the script was told. */
function carryLines(shell: ClusterByHand): readonly string[] {
  const kube = shell.functionOf('kube');
  const field = (path: string): string => `$(${kube} get deployment "$1" --output 'jsonpath={${path}}')`;
  return [
    `${shell.functionOf('ready')}() { ready=${field('.status.availableReplicas')} && [ "\${ready:-0}" -ge "$2" ]; }`,
    `${shell.functionOf('carry')}() {`,
    `  ran=${field(`.metadata.annotations.${ROLL_OUT.replaceAll('.', '\\.')}`)}`,
    `  [ "$ran" = "$3" ] || { printf '%s\\n' "$1 was rolled out anew since this was written: it is at $ran, not $3" >&2; exit 1; }`,
    `  wanted=${field('.spec.replicas')}`,
    `  [ "$wanted" -ge "$2" ] || ${kube} scale deployment "$1" --current-replicas "$wanted" --replicas "$2"`,
    `  ${shell.functionOf('wait')} ${shell.functionOf('ready')} "$1" "$2"`,
    '}',
  ];
}

function takenLines(shell: ClusterByHand, route: readonly string[]): readonly string[] {
  const asked = shell.kubectl('get', ...route, '--output', TAKEN);
  return [`${shell.functionOf('taken')}() { ${asked} | awk '${IS_TAKEN}'; }`];
}
