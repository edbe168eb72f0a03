import { condition, defineQuery, defineSignal, setHandler, sleep, upsertMemo } from '@temporalio/workflow';

export const hasHeardQuery = defineQuery<boolean>('hasHeard');
export const speakSignal = defineSignal('speak');

/** Waits for a word, and does something else than usual if it hears it at the very moment at which it began. */
export async function listening(): Promise<void> {
  let hasHeard = false;
  setHandler(hasHeardQuery, () => hasHeard);
  setHandler(speakSignal, () => void (hasHeard = true));
  const began = Date.now();
  await condition(() => hasHeard);
  if (Date.now() === began) upsertMemo({ atOnce: true });
  await sleep(1);
}
