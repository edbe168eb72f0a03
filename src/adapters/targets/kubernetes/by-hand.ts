import { objectionText } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import { TerminalError } from '../../../ports';
import { shellName, shellWord } from '../shell';
import type { RevisionSource } from './settings';

/** Seconds for which a script waits without any progress of pods or a gateway before it stops. */
const PATIENCE = 300;

/** Calls of functions that a script defines for one target, each line safe to repeat. */
export interface ClusterByHand {
  /** Lines that define them, after saying and comparing which cluster kubectl speaks to. */
  readonly begin: readonly string[];
  /** kubectl in the target's cluster and namespace. */
  kubectl(...words: readonly string[]): string;
  /** Waits until a function that `begin` or the caller defines says yes; what it lacks it may say in `$lacks`. */
  until(name: string, ...words: readonly string[]): string;
  /** The name of a function of this target. */
  functionOf(verb: string): string;
}

/** How a shell speaks to the cluster of a target: never to another one, unless the person names its context. */
export function clusterByHand(target: string, server: string, namespace: string): ClusterByHand {
  const name = shellName(target);
  const functionOf = (verb: string): string => `${verb}_${name}`;
  const [kube, wait, stop, at] = [functionOf('kube'), functionOf('wait'), functionOf('stop'), functionOf('at')];
  const context = `CONTEXT_${name}`;
  const elsewhere = `${target} is at ${server}: choose that cluster, or set ${context} to its context`;
  return {
    begin: [
      `# ${target}: the API server is ${server}. Its context of kubectl can be named in ${context}; else the current one.`,
      `${kube}() { kubectl \${${context}:+--context "$${context}"} --namespace ${shellWord(namespace)} --request-timeout 20s "$@"; }`,
      `${stop}() { printf '%s\\n' "$1" >&2; exit 1; }`,
      `${at}=$(${kube} config view --minify --output 'jsonpath={.clusters[0].cluster.server}')`,
      `printf '%s\\n' ${shellWord(`${target}: kubectl speaks to`)}" $${at}"`,
      `[ "$${at}" = ${shellWord(server)} ] || [ -n "\${${context}:-}" ] || ${stop} ${shellWord(elsewhere)}`,
      `${wait}() {`,
      `  left=${PATIENCE} lacks='' lacked=''`,
      '  until "$@"; do',
      `    [ "$lacks" = "$lacked" ] || { printf '%s\\n' "$lacks"; lacked=$lacks left=${PATIENCE}; }`,
      '    left=$((left - 1))',
      `    [ "$left" -gt 0 ] || ${stop} "still not so after ${PATIENCE} s: \${lacks:-$*}"`,
      '    sleep 1',
      '  done',
      '}',
    ],
    kubectl: (...words) => [kube, ...words.map(shellWord)].join(' '),
    until: (verb, ...words) => [wait, functionOf(verb), ...words.map(shellWord)].join(' '),
    functionOf,
  };
}

/** Why a target tells no steps: what keeps it from being moved keeps a person from moving it, too. */
export function untold(target: string, why: Objection): TerminalError {
  return new TerminalError('TARGET_MISCONFIGURED', `${target}: ${objectionText(why)}`);
}

/** Where `--output custom-columns` finds the revision of pods; `root` leads from the object to their template. */
export function revisionColumn(source: RevisionSource, root: string): string {
  return 'label' in source
    ? `${root}.metadata.labels.${escaped(source.label)}`
    : `${root}.spec.containers[?(@.name=="${source.image}")].image`;
}

/** A key with dots as a part of a path of kubectl's. */
export function escaped(key: string): string {
  return key.replaceAll('.', '\\.');
}
