import { shellName, shellWord } from '../shell';

/** Seconds for which a script waits for pods or a gateway before it stops. */
const PATIENCE = 300;

/** Calls of functions that a script defines for one target, each line safe to repeat. */
export interface ClusterByHand {
  /** Lines that define them, after saying and comparing which cluster kubectl speaks to. */
  readonly begin: readonly string[];
  /** kubectl in the target's cluster and namespace. */
  kubectl(...words: readonly string[]): string;
  /** Waits until a function that `begin` or the caller defines says yes. */
  until(name: string, ...words: readonly string[]): string;
  /** The name of a function of this target. */
  functionOf(verb: string): string;
}

/** How a shell speaks to the cluster of a target: never to another one, unless the person names its context. */
export function clusterByHand(target: string, server: string, namespace: string): ClusterByHand {
  const name = shellName(target);
  const functionOf = (verb: string): string => `${verb}_${name}`;
  const [kube, wait, at, context] = [functionOf('kube'), functionOf('wait'), functionOf('at'), `CONTEXT_${name}`];
  const elsewhere = `${target} is at ${server}: choose that cluster, or set ${context} to its context`;
  return {
    begin: [
      `# ${target}: the API server is ${server}. Its context of kubectl can be named in ${context}; else the current one.`,
      `${kube}() { kubectl \${${context}:+--context "$${context}"} --namespace ${shellWord(namespace)} --request-timeout 20s "$@"; }`,
      `${at}=$(${kube} config view --minify --output 'jsonpath={.clusters[0].cluster.server}')`,
      `printf '%s\\n' ${shellWord(`${target}: kubectl speaks to`)}" $${at}"`,
      `[ "$${at}" = ${shellWord(server)} ] || [ -n "\${${context}:-}" ] || { printf '%s\\n' ${shellWord(elsewhere)} >&2; exit 1; }`,
      `${wait}() {`,
      `  left=${PATIENCE}`,
      '  until "$@"; do',
      '    left=$((left - 1))',
      `    [ "$left" -gt 0 ] || { printf 'still not so after ${PATIENCE} s: %s\\n' "$*" >&2; exit 1; }`,
      '    sleep 1',
      '  done',
      '}',
    ],
    kubectl: (...words) => [kube, ...words.map(shellWord)].join(' '),
    until: (verb, ...words) => [wait, functionOf(verb), ...words.map(shellWord)].join(' '),
    functionOf,
  };
}
