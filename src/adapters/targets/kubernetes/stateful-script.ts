import type { TargetScript } from '../../../domain/plan/script';
import type { ScriptQuestion } from '../../../ports';
import { clusterByHand, revisionColumn, untold } from './by-hand';
import type { ClusterByHand } from './by-hand';
import { markOf } from './marks';
import { sidesOf, thirdIn, whyNot } from './stateful-reasons';
import type { StatefulPlace, StatefulState } from './stateful-state';
import { countFor } from './stateful-steps';
import type { Sides } from './stateful-steps';
import { changeLines, TEMPLATE_OPERATION } from './template-by-hand';

const SET =
  'jsonpath=set/{.metadata.generation}/{.status.observedGeneration}/{.spec.replicas}/{.spec.ordinals.start}/' +
  '{.spec.updateStrategy.rollingUpdate.partition}/{.status.updateRevision}/{.status.currentRevision}{"\\n"}';
const PODS =
  'jsonpath={range .items[*]}{.metadata.name}/{.metadata.labels.controller-revision-hash}/' +
  '{.status.conditions[?(@.type=="Ready")].status}/{.metadata.deletionTimestamp}{"\\n"}{end}';
const IS_DELETED = ' is deleted, to come back with what it is to run';
/** The next thing that is still to happen, nothing where it is done; a pod to be deleted where nobody else would. */
const LACKS =
  '$1 == "set" { read = 1; generation = $2; observed = $3; total = $4; start = $5; partition = $6; update = $7; current = $8; next } ' +
  'index($1, set "-") == 1 && substr($1, length(set) + 2) ~ /^[0-9]+$/ { at = substr($1, length(set) + 2) - start; name[at] = $1; hash[at] = $2; up[at] = ($3 == "True" && $4 == ""); leaves[at] = ($4 != "") } ' +
  'END { ' +
  'if (!read || observed + 0 < generation + 0) { print "the controller has not seen the last change yet"; exit } ' +
  'for (at = total - 1; at >= 0; at--) { ' +
  'if (hash[at] == (at >= partition + 0 ? update : current)) continue; ' +
  'if (wrong++ == 0) first = at; ' +
  'if (broken == "" && name[at] != "" && !up[at] && !leaves[at]) broken = name[at] } ' +
  'for (at = 0; at < total; at++) if (down == "" && name[at] != "" && !up[at] && (wrong > 0 || hash[at] == to)) down = name[at]; ' +
  'if (broken != "") print broken deleted; ' +
  'else if (down != "") print down " is not ready, and no other pod is taken down meanwhile"; ' +
  'else if (wrong > 0 && name[first] == "") print "place " (start + first) " has no pod yet"; ' +
  'else if (wrong > 0 && first < partition + 0) print name[first] deleted; ' +
  'else if (wrong > 0) print name[first] " and " (wrong - 1) " more are still to change"; ' +
  'else if (whole && update != current) print "the controller does not call it complete yet" }';

/** What the commands are about. */
interface Moved extends Sides {
  readonly name: string;
  readonly total: number;
  /** Options that select its pods. */
  readonly pods: readonly string[];
}

/**
 * The partition of a StatefulSet as commands, with the template that stands above it. Which of the two templates that is
 * depends on what the last finished update left behind, which only the cluster knows when a step is run.
 */
export function statefulByHand(
  place: StatefulPlace,
  state: StatefulState,
  server: string,
  { revision, weights }: ScriptQuestion,
): TargetScript {
  const { target, settings } = place;
  const sides = sidesOf(place, state, revision);
  if ('code' in sides) throw untold(target, sides);
  const refusal = whyNot(place, state) ?? thirdIn(state, revision);
  if (refusal !== undefined) throw untold(target, refusal);
  const shell = clusterByHand(target, server, settings.namespace);
  const selector = Object.entries(state.set.spec.selector.matchLabels).map((label) => label.join('='));
  const pods = selector.length === 0 ? [] : ['--selector', selector.join(',')];
  const name = settings.statefulset;
  const moved = { ...sides, home: homeOf(state, sides), name, total: state.places.length, pods };
  const columns = [
    'POD:.metadata.name',
    `REVISION:${revisionColumn(settings.revision, '')}`,
    'READY:.status.conditions[?(@.type=="Ready")].status',
  ];
  return {
    needs: ['awk', 'kubectl'],
    begin: [...shell.begin, ...moveLines(shell, moved)],
    steps: weights.map((weight) => ({ weight, lines: [`${shell.functionOf('move')} ${countFor(state, weight)}`] })),
    show: [shell.kubectl('get', 'pods', ...pods, '--output', `custom-columns=${columns.join(',')}`)],
  };
}

/** The partition before the rollback: kept by our last effect, as long as nobody has changed the set since. */
function homeOf({ set: { metadata } }: StatefulState, { home }: Sides): number {
  const seen = markOf(metadata, 'shift');
  return seen?.generation === metadata.generation ? (seen.partition ?? home) : home;
}

/** `move` takes how many places are to run the template gone back to. */
function moveLines(shell: ClusterByHand, moved: Moved): readonly string[] {
  const { name, total, from, to, home, pods } = moved;
  const stop = shell.functionOf('stop');
  const kept = `${shell.functionOf('kube')} get controllerrevision "$hash" --output 'jsonpath={.data.spec.template}'`;
  const fields = { pods: '.spec.replicas', update: '.status.updateRevision', current: '.status.currentRevision' };
  const set = ['statefulset', name] as const;
  return [
    ...changeLines(shell, set, fields),
    `${shell.functionOf('settled')}() {`,
    `  lacks=$({ ${shell.kubectl('get', ...set, '--output', SET)}; ${shell.kubectl('get', 'pods', ...pods, '--output', PODS)}; } |`,
    `    awk -F/ -v set=${name} -v to=${to} -v whole="$whole" -v deleted='${IS_DELETED}' '${LACKS}')`,
    `  case $lacks in *'${IS_DELETED}') ${shell.functionOf('kube')} delete pod "\${lacks%% *}" --ignore-not-found --wait=false ;; esac`,
    '  [ -z "$lacks" ]',
    '}',
    `${shell.functionOf('part')}() {`,
    `  part=',{"op":"add","path":"/spec/updateStrategy/rollingUpdate/partition","value":'"$partition"'}'`,
    '  if [ "$update" != "$hash" ]; then',
    `    template=$(${kept})`,
    `    part="$part"'${TEMPLATE_OPERATION},{"op":"add","path":"/spec/template/$patch","value":""},{"op":"remove","path":"/spec/template/$patch"}'`,
    '  fi',
    `  ${shell.functionOf('change')} "$part"`,
    `  ${shell.until('settled')}`,
    '}',
    `${shell.functionOf('move')}() {`,
    `  ${shell.until('seen')}`,
    `  [ "$pods" = ${total} ] || ${stop} "${name} was scaled since this was written: it wants $pods pods, not ${total}"`,
    `  case $update in ${from} | ${to}) ;; *) ${stop} "${name} was rolled out anew since this was written: it is at $update" ;; esac`,
    '  whole=0 partition=0',
    `  if [ "$1" -ge ${total} ]; then hash=${to} whole=1`,
    `  elif [ "$1" -eq 0 ]; then hash=${from}`,
    `    if [ "$current" = ${from} ]; then partition=${home}; else whole=${home > 0 ? 1 : 0}; fi`,
    `  elif [ "$current" = ${from} ]; then hash=${to} partition=$((${total} - $1))`,
    `  elif [ "$current" = ${to} ]; then hash=${from} partition=$1`,
    `  else ${stop} "the last finished update of ${name} left $current behind: run the step of 100 %, or let the update that is under way finish first"`,
    '  fi',
    `  ${shell.functionOf('part')}`,
    // What was moved to would come back below a partition, until all places are those of before.
    ...(home > 0
      ? [
          `  [ "$1" -gt 0 ] || [ "$partition" -eq ${home} ] || { ${shell.until('seen')}; partition=${home}; ${shell.functionOf('part')}; }`,
        ]
      : []),
    '}',
  ];
}
