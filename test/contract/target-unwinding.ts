import { capacityOf, weightOf } from '../../src/domain/plan/census';
import type { TargetReading } from '../../src/domain/plan/census';
import type { AskedSubject, Promises, Shares } from './deployment-target.contract';
import { EARLIER, moved, readingWhere, ready } from './target-requests';
import { TargetRun } from './target-run';

/** What a target promises whoever changes their mind: an unwind leaves everything exactly as it was. */
export function describeUnwinding(promises: Promises, { some, other }: Shares): void {
  const hasParts = other > 0;

  promises('unwind', 'is exactly as it was before once an unwind has put all of it back', async (subject) => {
    await ready(subject);
    const before = await subject.setting?.();
    await unwindsExactly(subject, hasParts ? [some, other, 100] : [some]);
    expect(await subject.setting?.()).toEqual(before);
  });

  if (!hasParts) return;
  promises('unwind', 'is exactly as it was before also where the unwind comes half way', async (subject) => {
    await ready(subject);
    const before = await subject.setting?.();
    await unwindsExactly(subject, [other]);
    expect(await subject.setting?.()).toEqual(before);
  });

  promises('unwind', 'is back at exactly the share that an earlier rollback had left it at', async (subject) => {
    await ready(subject, EARLIER);
    await moved(subject, { ...EARLIER, desired: some });
    await unwindsExactly(subject, [other, 100]);
  });
}

/** Goes there as a rollback does, unwinds it as a rollback does, and holds what is then read against what was before. */
async function unwindsExactly(subject: AskedSubject, shares: readonly number[]): Promise<void> {
  const { target } = subject;
  const before = await readingWhere(target, (reading) => capacityOf(reading, 'v41') >= 100 && !reading.uneven);
  const run = new TargetRun(subject, before, shares);
  for (const share of shares) expect(weightOf(await run.shift(), 'v41')).toBeGreaterThanOrEqual(share - 1);
  const after = await run.unwind();
  // The shares are exact as soon as it says done; ready instances come back in their own time.
  expect(sharesIn(after)).toEqual(sharesIn(before));
  const wanted = JSON.stringify(servedBy(before));
  const then = await readingWhere(target, (reading) => JSON.stringify(servedBy(reading)) === wanted);
  expect(servedBy(then)).toEqual(servedBy(before));
}

/** Without when it was read, and in whichever order. */
function servedBy({ at: _at, revisions, ...rest }: TargetReading): object {
  return { ...rest, revisions: revisions.toSorted((one, two) => one.revision.localeCompare(two.revision)) };
}

const sharesIn = ({ revisions }: TargetReading): object =>
  Object.fromEntries(revisions.map(({ revision, weight }) => [revision, weight]));
