import { defineQuery, setHandler, sleep, workflowInfo } from '@temporalio/workflow';

export const isThereQuery = defineQuery<boolean>('isThere');

/** Breaks off in the middle of its first step wherever that is replayed, as a step does that is held up for too long. */
export async function breakingOff(): Promise<void> {
  setHandler(isThereQuery, () => true);
  const rest = sleep('1h');
  if (workflowInfo().unsafe.isReplaying) throw new Error('held up');
  await rest;
}

export async function ordinary(): Promise<string> {
  return 'as ever';
}
