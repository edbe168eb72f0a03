import type { TargetScript } from '../../domain/plan/script';
import { shellName, shellSecret, shellWord } from './shell';
import { wholePercent } from './unleash-flag';
import type { Side } from './unleash-flag';

/** A strategy, and how it is reached. */
interface StrategyByHand {
  readonly url: string;
  /** Where the token is kept, never the token. */
  readonly token: string;
}

/** The rollout of a flag as commands that ask Unleash's API. */
export function unleashByHand(
  target: string,
  { url, token }: StrategyByHand,
  wanted: { readonly side: Side; readonly weights: readonly number[] },
): TargetScript {
  const ask = `unleash_${shellName(target)}`;
  return {
    needs: ['curl', 'jq'],
    begin: [
      `${ask}() {`,
      // On a command line every user could read the token.
      `  printf 'header = "authorization: %s"\\n' ${shellSecret(token)} |`,
      '    curl -fsS --max-time 10 -K - -H "content-type: application/json" \\',
      `      -X "$1" \${2:+--data "$2"} ${shellWord(url)}`,
      '}',
    ],
    steps: wanted.weights.map((weight) => {
      const share = wholePercent(weight);
      const rollout = String(wanted.side === 'on' ? share : 100 - share);
      const patch = [{ op: 'replace', path: '/parameters/rollout', value: rollout }];
      return { weight, lines: [`${ask} PATCH ${shellWord(JSON.stringify(patch))} >/dev/null`] };
    }),
    show: [`${ask} GET '' | jq -c '{name, rollout: .parameters.rollout}'`],
  };
}
