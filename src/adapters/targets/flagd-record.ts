import { z } from 'zod';
import type { Fence, ShiftRequest } from '../../ports';
import { RECORD_KEY } from './flagd-flag';

const recordSchema = z.object({
  epoch: z.int(),
  number: z.int(),
  rollback: z.string(),
  wish: z.string(),
  /** The default variant that was there before the last share was moved. */
  fallback: z.string().optional(),
});

/** The newest effect on a flag. */
export type FlagRecord = z.infer<typeof recordSchema>;

/** What the flag's metadata say of its newest effect; they hold plain values only, so it is text. */
export function readRecord(metadata: Readonly<Record<string, unknown>>): FlagRecord | 'unreadable' | undefined {
  const text = metadata[RECORD_KEY];
  if (text === undefined) return undefined;
  if (typeof text !== 'string') return 'unreadable';
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** The request as it is kept. */
export function recordText(request: ShiftRequest, fallback: string | undefined): string {
  const { rollback, fence } = request;
  const record: FlagRecord = { epoch: fence.epoch, number: fence.number, rollback, wish: wishOf(request), fallback };
  return JSON.stringify(record);
}

/** What is asked for, to tell one wish from another under the same number. */
export function wishOf({ revision, expected, desired }: ShiftRequest): string {
  return `${revision.from} to ${revision.to}, ${expected} to ${desired} %`;
}

/** True when the fence is above the kept one. */
export function isLater(fence: Fence, { epoch, number }: Fence): boolean {
  return fence.epoch > epoch || (fence.epoch === epoch && fence.number > number);
}
