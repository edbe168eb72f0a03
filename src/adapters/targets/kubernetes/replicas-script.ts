import type { TargetScript } from '../../../domain/plan/script';
import type { ScriptQuestion } from '../../../ports';
import { clusterByHand, revisionColumn, untold } from './by-hand';
import type { ClusterByHand } from './by-hand';
import { carryLines, rollOutOf } from './carry-by-hand';
import { sizesOf, thirdIn } from './replicas-state';
import type { ReplicasPlace, ReplicasState, Sizes } from './replicas-state';
import { sizesFor } from './replicas-steps';
import { slotsFor } from './route-state';

/**
 * The pods of two Deployments as commands: those that come are ready before others go. Sizes that no step sets are
 * somebody else's, and scaling down to what they were before could take away what is needed now.
 */
export function replicasByHand(
  { target, settings }: ReplicasPlace,
  state: ReplicasState,
  server: string,
  { revision, weights }: ScriptQuestion,
): TargetScript {
  const slots = slotsFor(state, revision);
  if ('code' in slots) throw untold(target, slots);
  const refusal = thirdIn(state, revision);
  if (refusal !== undefined) throw untold(target, refusal);
  const shell = clusterByHand(target, server, settings.namespace);
  const steps = weights.map((weight) => ({ weight, sizes: sizesFor(state.total, slots.to, weight) }));
  const columns = [
    'DEPLOYMENT:.metadata.name',
    `REVISION:${revisionColumn(settings.revision, '.spec.template')}`,
    'WANTED:.spec.replicas',
    'AVAILABLE:.status.availableReplicas',
  ];
  const shown = ['deployment', ...settings.deployments, '--output', `custom-columns=${columns.join(',')}`];
  const known = [sizesOf(state.slots), ...steps.map(({ sizes }) => sizes)];
  return {
    needs: ['kubectl'],
    begin: [...shell.begin, ...carryLines(shell), ...splitLines(shell, state, known)],
    steps: steps.map(({ weight, sizes }) => ({ weight, lines: [[shell.functionOf('split'), ...sizes].join(' ')] })),
    show: [shell.kubectl('get', ...shown)],
  };
}

/** `split` takes the pods that the one is to have, and the other. */
function splitLines(shell: ClusterByHand, { slots }: ReplicasState, known: readonly Sizes[]): readonly string[] {
  const [kube, stop, wait] = [shell.functionOf('kube'), shell.functionOf('stop'), shell.functionOf('wait')];
  const [size, gone] = [shell.functionOf('size'), shell.functionOf('gone')];
  const field = (path: string): string => `$(${kube} get deployment "$1" --output 'jsonpath={${path}}')`;
  const each = (line: (slot: (typeof slots)[number], index: 0 | 1) => string): readonly string[] => [
    `  ${line(slots[0], 0)}`,
    `  ${line(slots[1], 1)}`,
  ];
  const sizesAt = (index: 0 | 1): string => [...new Set(known.map((sizes) => sizes[index]))].join(' ');
  return [
    `${size}() {`,
    `  wanted=${field('.spec.replicas')}`,
    `  case " $2 " in *" $wanted "*) ;; *) ${stop} "$1 was scaled since this was written: it wants $wanted pods" ;; esac`,
    '}',
    `${gone}() { pods=${field('.status.replicas')} && [ "\${pods:-0}" -le "$2" ]; }`,
    `${shell.functionOf('trim')}() {`,
    `  wanted=${field('.spec.replicas')}`,
    `  [ "$wanted" -le "$2" ] || ${kube} scale deployment "$1" --current-replicas "$wanted" --replicas "$2"`,
    `  ${wait} ${gone} "$1" "$2"`,
    '}',
    `${shell.functionOf('split')}() {`,
    ...each(({ name }, index) => `${size} ${name} '${sizesAt(index)}'`),
    ...each((slot, index) => `${shell.functionOf('carry')} ${slot.name} "$${index + 1}" ${rollOutOf(slot)}`),
    ...each(({ name }, index) => `${shell.functionOf('trim')} ${name} "$${index + 1}"`),
    '}',
  ];
}
