import type { TargetScript } from '../../../domain/plan/script';
import { RetryableError } from '../../../ports';
import type { ScriptQuestion } from '../../../ports';
import { clusterByHand, escaped, revisionColumn, untold } from './by-hand';
import type { ClusterByHand } from './by-hand';
import { setFor, strangerTo, unfitFor } from './deployment-state';
import type { DeploymentPlace, DeploymentState } from './deployment-state';
import { ROLL_OUT } from './roll-out';
import { changeLines, TEMPLATE_OPERATION } from './template-by-hand';

const COUNT = `.metadata.annotations.${escaped(ROLL_OUT)}`;
const COUNTS =
  'jsonpath={.metadata.generation}/{.status.observedGeneration}/{.spec.replicas}/{.status.replicas}/' +
  '{.status.updatedReplicas}/{.status.availableReplicas}';
/** What a roll-out still lacks, in the order in which `kubectl rollout status` asks; nothing where it is done. */
const LACKS =
  '{ read = 1; if ($2 + 0 < $1 + 0) print "the controller has not seen the last change yet"; ' +
  'else if ($5 + 0 < $3 + 0) print $5 + 0 " of " $3 " pods are updated"; ' +
  'else if ($4 + 0 > $5 + 0) print $4 - $5 " old pods are still there"; ' +
  'else if ($6 + 0 < $5 + 0) print $6 + 0 " of " $5 " updated pods are available" } ' +
  'END { if (!read) print "it cannot be read" }';
const CAUSE = '/metadata/annotations/kubernetes.io~1change-cause';

/**
 * The roll-out of a ReplicaSet's template as commands. `kubectl rollout undo` would do the same, but takes all of the
 * ReplicaSet's annotations along, our marks of another rollback among them, and overwrites what came since its look.
 */
export function deploymentByHand(
  place: DeploymentPlace,
  state: DeploymentState,
  server: string,
  { revision, weights }: ScriptQuestion,
): TargetScript {
  const { target, settings } = place;
  const refusal =
    unfitFor(place, state, revision.to) ?? unfitFor(place, state, revision.from) ?? strangerTo(place, state, revision);
  if (refusal !== undefined) throw untold(target, refusal);
  const [to, from] = [setFor(state, revision.to), setFor(state, revision.from)];
  if (!to || !from)
    throw new RetryableError('TARGET_UNREACHABLE', `${target}: its controller has not seen its last change yet`);
  const shell = clusterByHand(target, server, settings.namespace);
  const columns = [
    'REPLICASET:.metadata.name',
    `REVISION:${revisionColumn(settings.revision, '.spec.template')}`,
    'AVAILABLE:.status.availableReplicas',
  ];
  const shown = ['--ignore-not-found', '--output', `custom-columns=${columns.join(',')}`];
  const rollOut = (wanted: string, other: string): readonly string[] => [
    `${shell.functionOf('roll')} ${wanted} ${other}`,
  ];
  return {
    needs: ['awk', 'kubectl'],
    begin: [...shell.begin, ...rollLines(shell, settings.deployment)],
    // It serves other shares only while it is being rolled out, which nobody can set.
    steps: weights.flatMap((weight) => {
      if (weight === 100) return [{ weight, lines: rollOut(to.name, from.name) }];
      return weight === 0 ? [{ weight, lines: rollOut(from.name, to.name) }] : [];
    }),
    show: [shell.kubectl('get', 'replicaset', to.name, from.name, ...shown)],
  };
}

/** `roll` takes two ReplicaSets: the one that is wanted, and the only other one that may be found. */
function rollLines(shell: ClusterByHand, name: string): readonly string[] {
  const [kube, stop, ran] = [shell.functionOf('kube'), shell.functionOf('stop'), shell.functionOf('ran')];
  const ofSet = (path: string): string => `${kube} get replicaset "$1" --output 'jsonpath={${path}}'`;
  return [
    ...changeLines(shell, ['deployment', name], { ran: COUNT }),
    // A ReplicaSet that is used again gets a new number, so that only now can be said which one it is.
    `${ran}() { ${ofSet(COUNT)}; }`,
    `${shell.functionOf('rolled')}() {`,
    `  lacks=$(${shell.kubectl('get', 'deployment', name, '--output', COUNTS)} | awk -F/ '${LACKS}')`,
    '  [ -z "$lacks" ]',
    '}',
    `${shell.functionOf('roll')}() {`,
    `  ${shell.until('seen')}`,
    `  if [ "$ran" != "$(${ran} "$1")" ]; then`,
    `    [ "$ran" = "$(${ran} "$2")" ] ||`,
    `      ${stop} "${name} was rolled out anew since this was written: it is at $ran, which is neither $1 nor $2"`,
    `    template=$(${ofSet('.spec.template')})`,
    `    marks=$(${ofSet('.metadata.annotations')})`,
    '    case $marks in',
    `      *'"kubernetes.io/change-cause":'*) cause=',{"op":"add","path":"/was","value":'"$marks"'},{"op":"copy","from":"/was/kubernetes.io~1change-cause","path":"${CAUSE}"},{"op":"remove","path":"/was"}' ;;`,
    `      *) cause=',{"op":"add","path":"${CAUSE}","value":""},{"op":"remove","path":"${CAUSE}"}' ;;`,
    '    esac',
    `    ${shell.functionOf('change')} '${TEMPLATE_OPERATION},{"op":"remove","path":"/spec/template/metadata/labels/pod-template-hash"}'"$cause"`,
    '  fi',
    `  ${shell.until('rolled')}`,
    `  ${shell.until('seen')}`,
    `  [ "$ran" = "$(${ran} "$1")" ] || ${stop} "${name} has been rolled out anew meanwhile: it is at $ran, which is not $1"`,
    '}',
  ];
}
