import { judge } from './judge';
import type { JudgeState } from './state';
import { isForWantOfData, isSilence } from './want-of-data';

/** One usable pair may be the last one before the next gap. */
const USABLE_INTERVALS = 2;

/** True once what a phase was held for is there again: usable pairs have come since then, and the judge misses nothing. */
export function dataAreBack(held: JudgeState, now: JudgeState): boolean {
  return now.intervals - held.intervals >= USABLE_INTERVALS && !isForWantOfData(judge(now).reason);
}

/** The same of a soak, which asks less of its data: it only watches. */
export function soakCanGoOn(held: JudgeState, now: JudgeState): boolean {
  return now.intervals - held.intervals >= USABLE_INTERVALS && !isSilence(judge(now).reason);
}
