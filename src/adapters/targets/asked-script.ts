import type { TargetScript } from '../../domain/plan/script';
import type { ScriptQuestion } from '../../ports';
import { shellName, shellWord } from './shell';
import { observeRequest, prepareRequest, shiftRequest } from './target-request';
import type { TargetRequest } from './target-request';

/** How a shell asks a target. */
export interface AskedByHand {
  /** Programs that it takes, beside `jq`. */
  readonly needs: readonly string[];
  /**
   * Lines that define a function of this name: it takes a document and the key of an effect (or an empty word), prints
   * the answer, and fails unless it is one of success.
   */
  readonly define: (name: string) => readonly string[];
}

/** Who waits for an answer waits until the end of the day; not every `date` can add. */
const DEADLINE = '$(date -u +%Y-%m-%dT23:59:59.999Z)';

/**
 * The documents asked by hand. A script that is run is a rollback of its own, newer than all before it, and expects
 * what it has just read: so a step may begin anywhere, and what another rollback still does is refused as late.
 */
export function askedScript(target: string, asked: AskedByHand, { revision, weights }: ScriptQuestion): TargetScript {
  const own = shellName(target);
  const [ask, say, move] = [`ask_${own}`, `say_${own}`, `move_${own}`];
  const effect = { rollback: '', target, revision, fence: { epoch: 0, number: 0 } };
  const key = (operation: string): string => `"by-hand-$epoch_${own}/${own}/${operation}/$number_${own}"`;
  const observe = `${ask} "$(${say} ${filter(observeRequest(target))})" ''`;
  const prepare = filter(prepareRequest({ ...effect, share: 0 }), '{effect: $effect, desired: {weight: $desired}}');
  const shift = filter(
    shiftRequest({ ...effect, desired: 0, expected: 0 }),
    '{effect: $effect, desired: {weight: $desired}, expected: {weight: $expected}}',
  );
  return {
    needs: ['jq', ...asked.needs],
    begin: [
      // Whoever runs it again within the same second has to be newer too.
      `sleep 1; epoch_${own}="$(date +%s)000" number_${own}=0 expected=0`,
      ...asked.define(ask),
      `${say}() {`,
      `  jq -nc --arg deadline "${DEADLINE}" --arg rollback "by-hand-$epoch_${own}" --argjson desired "\${2:-0}" \\`,
      `    --argjson expected "$expected" --argjson effect "{\\"epoch\\":$epoch_${own},\\"number\\":$number_${own}}" "$1"`,
      '}',
      `${move}() {`,
      `  answer=$(${observe})`,
      `  expected=$(printf '%s' "$answer" | jq ${shellWord(served(revision.to))})`,
      `  number_${own}=$((number_${own} + 1))`,
      `  ${ask} "$(${say} ${prepare} "$1")" ${key('prepare')}`,
      `  ${ask} "$(${say} ${shift} "$1")" ${key('shift')}`,
      '}',
    ],
    steps: weights.map((weight) => ({ weight, lines: [`${move} ${weight}`] })),
    show: [observe],
  };
}

/** Percent that is served on the revision. */
function served(revision: string): string {
  return `[.observed.revisions[] | select(.revision == ${JSON.stringify(revision)}) | .weight] | add // 0`;
}

/** A document as a filter of jq, in which what only the shell knows is put in the place of what stands there. */
function filter(request: TargetRequest, known = '{}'): string {
  const who = request.rollback === undefined ? '{}' : '{rollback: $rollback}';
  return shellWord(`${JSON.stringify(request)} * ${known} * ${who} * {deadline: $deadline}`);
}
