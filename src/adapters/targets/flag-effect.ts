import { z } from 'zod';
import { objection } from '../../domain/plan/objection';
import type { Objection } from '../../domain/plan/objection';
import type { Fence, PrepareRequest, ShiftRequest, TargetEffect } from '../../ports';

/** Where a flag keeps its newest effect, among its own metadata or parameters. */
export const RECORD_KEY = 'phasedRollback';

const recordSchema = z.object({
  epoch: z.int(),
  number: z.int(),
  rollback: z.string(),
  wish: z.string(),
  /** What those get whom no share reaches, as it was before the last share was moved. */
  fallback: z.string().optional(),
});

/** The newest effect on a flag. */
export type FlagRecord = z.infer<typeof recordSchema>;

/** What a flag says of its newest effect, under that key; it keeps plain values only, so it is text. */
export function readRecord(
  values: Readonly<Record<string, unknown>>,
  key: string = RECORD_KEY,
): FlagRecord | 'unreadable' | undefined {
  const text = values[key];
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
export function recordText(request: ShiftRequest | PrepareRequest, fallback?: string): string {
  const { rollback, fence } = request;
  const record: FlagRecord = { epoch: fence.epoch, number: fence.number, rollback, wish: wishOf(request), fallback };
  return JSON.stringify(record);
}

/** What is asked for, to tell one wish from another under the same number. */
function wishOf(request: ShiftRequest | PrepareRequest): string {
  const { from, to } = request.revision;
  const wanted = 'share' in request ? `room for ${request.share} %` : `${request.expected} to ${request.desired} %`;
  return `${from} to ${to}, ${wanted}`;
}

/** True when the kept effect is this very one. */
export function isKept(request: ShiftRequest | PrepareRequest, record: FlagRecord | undefined): boolean {
  return record !== undefined && recordText(request, record.fallback) === JSON.stringify(record);
}

/** The revision that `revision.<variant>` names; the variant's own name where it names none. */
export function revisionNamed(values: Readonly<Record<string, unknown>>, variant: string): string {
  const named = values[`revision.${variant}`];
  return typeof named === 'string' && named !== '' ? named : variant;
}

/** Shares that were set by others may be what a rollback calls the same. */
const EXPECTED_TOLERANCE = 0.5;

/** Why the effect must not be made; undefined where it may, or was. `have` is in percent, `there` that it is wanted. */
export function conflictOf(
  request: ShiftRequest,
  record: FlagRecord | undefined,
  have: number,
  there: boolean,
): Objection | undefined {
  const { revision, expected } = request;
  const serves = `${revision.to} has ${have} %`;
  if (isKept(request, record))
    return there
      ? undefined
      : objection('CHANGED_BY_OTHERS', `it was done, and since then somebody else changed it: ${serves}`);
  const standing = standsAgainst(request, record);
  if (standing !== undefined) return standing;
  if (there || Math.abs(have - expected) <= EXPECTED_TOLERANCE) return undefined;
  return objection('CHANGED_BY_OTHERS', `${serves}, not ${expected} %`);
}

/** Why the effect is late, or another wish under a number that was there; undefined where it is newer, or that very one. */
export function standsAgainst(
  request: ShiftRequest | PrepareRequest,
  record: FlagRecord | undefined,
): Objection | undefined {
  const { fence, rollback } = request;
  if (!record || isKept(request, record) || isLater(fence, record)) return undefined;
  if (record.rollback === rollback && record.number === fence.number)
    return objection('OTHER_WISH', `number ${record.number} came before with another wish: ${record.wish}`);
  return objection('LATE_EFFECT', `number ${fence.number} comes after number ${record.number} of ${record.rollback}`);
}

/** Why the effect is late beside the newest one of the other kind: that of an earlier rollback is. */
export function lateFor({ fence }: TargetEffect, other: FlagRecord | undefined): Objection | undefined {
  if (!other || fence.epoch >= other.epoch) return undefined;
  return objection('LATE_EFFECT', `it is of an earlier rollback than number ${other.number} of ${other.rollback}`);
}

function isLater(fence: Fence, { epoch, number }: Fence): boolean {
  return fence.epoch > epoch || (fence.epoch === epoch && fence.number > number);
}
