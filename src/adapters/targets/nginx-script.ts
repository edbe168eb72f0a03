import type { TargetScript } from '../../domain/plan/script';
import { blockByHand } from './nginx-split';
import type { Split } from './nginx-split';
import { shellName, shellUrl, shellWord } from './shell';

/** The file, and NGINX's own commands for it. */
interface NginxByHand {
  readonly path: string;
  readonly test: readonly string[];
  readonly reload: readonly string[];
  readonly state: string;
}

/** New workers stand beside old ones for a moment, so it is asked until it gives the same answer so many times. */
const SAME_ANSWERS = 10;
const LONGEST_S = 30;

/** Sets the block and the state anew, as the product writes them; all else stays as it is. */
function rewriting(variable: string): string {
  return [
    '{ all = all "\\n" $0 }',
    'END {',
    `  if (!match(all, "\\n[ \\t]*split_clients[ \\t\\n]+(\\"[^\\"]*\\"|[^ \\t\\n]+)[ \\t\\n]+[$]${variable}[ \\t\\n]*[{][^}]*[}]")) exit 1`,
    '  all = substr(all, 1, RSTART) ENVIRON["BLOCK"] substr(all, RSTART + RLENGTH)',
    `  if (!match(all, "\\n[ \\t]*map[ \\t\\n]+[$][A-Za-z0-9_]+[ \\t\\n]+[$]${variable}_state[ \\t\\n]*[{][^}]*[}]")) exit 1`,
    '  state = substr(all, RSTART, RLENGTH)',
    '  sub(/default[ \\t\\n]+[^;]*;[^}]*/, "default " ENVIRON["STATE"] "; ", state)',
    '  all = substr(all, 1, RSTART - 1) state substr(all, RSTART + RLENGTH)',
    '  print substr(all, 2)',
    '}',
  ].join('\n');
}

/** The split as commands of the machine that NGINX runs on: written, tested, reloaded, and seen in its answers. */
export function nginxByHand(
  target: string,
  server: NginxByHand,
  text: string,
  split: Split,
  wanted: { readonly upstream: string; readonly weights: readonly number[] },
): TargetScript {
  const file = shellWord(server.path);
  const own = shellName(target);
  const command = (words: readonly string[]): string => words.map(shellWord).join(' ');
  const ask = `curl -sS --max-time 5 ${shellUrl(target, server.state)}`;
  return {
    needs: ['awk', 'curl', server.test[0] ?? '', server.reload[0] ?? ''].filter(isOnce),
    begin: [
      `split_${own}() {`,
      '  before=$(mktemp) after=$(mktemp)',
      `  cat ${file} >"$before"`,
      `  BLOCK=$1 STATE=$2 awk ${shellWord(rewriting(split.variable))} "$before" >"$after"`,
      `  cat "$after" >${file}`,
      `  ${command(server.test)} || { cat "$before" >${file}; echo 'NGINX does not take it: the file is as it was' >&2; return 1; }`,
      '  rm "$before" "$after"',
      `  ${command(server.reload)}`,
      `  same=0 left=${LONGEST_S}`,
      `  while [ "$same" -lt ${SAME_ANSWERS} ]; do`,
      `    if [ "$(${ask})" = "$2" ]; then same=$((same + 1)); continue; fi`,
      '    same=0 left=$((left - 1))',
      `    [ "$left" -gt 0 ] || { echo 'NGINX does not serve it' >&2; return 1; }`,
      '    sleep 1',
      '  done',
      '}',
    ],
    steps: wanted.weights.map((weight) => {
      const { block, state } = blockByHand(text, split, { upstream: wanted.upstream, share: weight });
      return { weight, lines: [`split_${own} ${shellWord(block)} ${state}`] };
    }),
    show: [`sed -n '/split_clients/,/}/p' ${file}`, `${ask} >/dev/null && echo 'NGINX answers'`],
  };
}

function isOnce(program: string, at: number, all: readonly string[]): boolean {
  return all.indexOf(program) === at;
}
