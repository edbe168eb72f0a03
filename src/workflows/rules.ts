import { patched } from '@temporalio/workflow';
import { knowsRules, rulesBegunUnder } from '../domain/rollback/rules';
import type { RunState } from '../domain/rollback';

/**
 * The rules that a run goes by. One that begins now gets the newest, and a mark of them in its history, which every
 * replay finds again; one that continues another carries them. Throws, which fails the workflow task and not the
 * rollback, on a build that does not know them: another worker may.
 */
export function rulesOfRun(carried: RunState | undefined): number {
  const begunUnder = carried?.rules ?? rulesBegunUnder((number) => patched(`rules-${number}`));
  if (begunUnder !== undefined && knowsRules(begunUnder)) return begunUnder;
  throw new Error(
    `this rollback began under rules ${begunUnder ?? 'that are gone'}, which this build does not know: start workers of the build it began on`,
  );
}
