import { shellWord } from '../shell';
import { escaped } from './by-hand';
import type { ClusterByHand } from './by-hand';
import { ROLL_OUT } from './roll-out';
import type { Workload } from './workload';

/** The roll-out that a Deployment was at when the script was told, as a word of a shell. */
export function rollOutOf({ metadata }: Workload): string {
  // It stands in the cluster, where others write, too.
  return shellWord(metadata.annotations[ROLL_OUT] ?? '');
}

/** Defines `carry`: scales up, never down, and only what still runs what it ran when the script was told. */
export function carryLines(shell: ClusterByHand): readonly string[] {
  const kube = shell.functionOf('kube');
  const field = (path: string): string => `$(${kube} get deployment "$1" --output 'jsonpath={${path}}')`;
  return [
    `${shell.functionOf('ready')}() {`,
    `  ready=${field('.status.availableReplicas')} || return`,
    '  lacks="$1 has ${ready:-0} available pods, not $2"',
    '  [ "${ready:-0}" -ge "$2" ]',
    '}',
    `${shell.functionOf('carry')}() {`,
    `  ran=${field(`.metadata.annotations.${escaped(ROLL_OUT)}`)}`,
    `  [ "$ran" = "$3" ] || ${shell.functionOf('stop')} "$1 was rolled out anew since this was written: it is at $ran, not $3"`,
    `  wanted=${field('.spec.replicas')}`,
    `  [ "$wanted" -ge "$2" ] || ${kube} scale deployment "$1" --current-replicas "$wanted" --replicas "$2"`,
    `  ${shell.functionOf('wait')} ${shell.functionOf('ready')} "$1" "$2"`,
    '}',
  ];
}
