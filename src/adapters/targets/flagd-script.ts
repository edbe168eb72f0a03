import type { TargetScript } from '../../domain/plan/script';
import { writeFlag } from './flagd-flag';
import type { Flag } from './flagd-flag';
import { shellName, shellWord } from './shell';

/** A flag as it has to be for a share. */
export interface FlagByHand {
  readonly weight: number;
  readonly buckets: Parameters<typeof writeFlag>[2]['buckets'];
  /** What those get whom no share reaches. */
  readonly defaultVariant: string | undefined;
}

/** The flag's shares as commands of a machine that has the file, for which flagd watches. */
export function flagdByHand(
  target: string,
  { path, key }: { readonly path: string; readonly key: string },
  flag: Flag,
  steps: readonly FlagByHand[],
): TargetScript {
  const file = shellWord(path);
  const put = `flag_${shellName(target)}`;
  return {
    needs: ['jq'],
    begin: [
      `${put}() {`,
      `  file=$(readlink -f ${file})`,
      // Replaced in one piece, with the owner and the mode that it has: flagd may read it at any moment.
      '  cp -p "$file" "$file.by-hand"',
      `  jq --arg flag ${shellWord(key)} --argjson change "$1" '.flags[$flag] += $change' "$file" >"$file.by-hand"`,
      '  mv "$file.by-hand" "$file"',
      '}',
    ],
    steps: steps.map(({ weight, buckets, defaultVariant }) => {
      const { targeting, defaultVariant: fallback } = writeFlag({}, flag, { buckets, defaultVariant, record: '' });
      return { weight, lines: [`${put} ${shellWord(JSON.stringify({ targeting, defaultVariant: fallback }))}`] };
    }),
    show: [`jq -c --arg flag ${shellWord(key)} '.flags[$flag] | {targeting, defaultVariant}' ${file}`],
  };
}
