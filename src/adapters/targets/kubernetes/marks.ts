import { z } from 'zod';
import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import type { PrepareRequest, ShiftRequest, TargetEffect } from '../../../ports';
import type { Metadata } from './objects';

const markSchema = z.object({
  epoch: z.number(),
  number: z.number(),
  /** What was asked for; another wish under the same number is no repetition. */
  wish: z.string(),
  /** The shares of the two backends before, and the generation of the object that has the new ones. */
  before: z.tuple([z.number(), z.number()]).readonly().optional(),
  generation: z.number().optional(),
  /** Of two Deployments: the pods that they are to have; those before stand in `before`. */
  sizes: z.tuple([z.number(), z.number()]).readonly().optional(),
  /** When a roll-out that was there before had come to a standstill. */
  stood: z.string().optional(),
  /** Of a StatefulSet: the partition that it had before the rollback. */
  partition: z.number().optional(),
  /** Of a StatefulSet the template that the rollback goes back to, of a Rollout the one that the effect left it with. */
  hash: z.string().optional(),
  /** Of a Rollout that was aborted: the step that it had come to. */
  step: z.number().optional(),
});

/** The newest effect that an object has seen, kept in an annotation of it. */
export type Mark = z.infer<typeof markSchema>;

/** What an effect is to the newest one that was seen. */
type Standing = 'newer' | 'same' | 'otherWish' | 'late';

/** The annotation that holds the newest effect of a kind. */
export function markKey(operation: 'prepare' | 'shift'): string {
  return `phased-rollback/${operation}`;
}

/** The mark of an object; one that cannot be read is as none, for people may write there too. */
export function markOf({ annotations }: Metadata, operation: 'prepare' | 'shift'): Mark | undefined {
  try {
    const read = markSchema.safeParse(JSON.parse(annotations[markKey(operation)] ?? 'null'));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** What the request leaves behind. */
function markFor(request: PrepareRequest | ShiftRequest): Mark {
  const { epoch, number } = request.fence;
  return { epoch, number, wish: wishOf(request) };
}

/** Compares `(epoch, number)`; of equal ones the wish tells whether it is the same effect. */
function standing(seen: Mark | undefined, mark: Mark): Standing {
  if (!seen || mark.epoch > seen.epoch) return 'newer';
  if (mark.epoch < seen.epoch) return 'late';
  if (mark.number !== seen.number) return mark.number > seen.number ? 'newer' : 'late';
  return mark.wish === seen.wish ? 'same' : 'otherWish';
}

/** An effect beside the newest one that an object has seen, where it may be made or was made already. */
export interface Stand {
  readonly stands: 'newer' | 'same';
  readonly seen: Mark | undefined;
  /** What it leaves behind. */
  readonly mark: Mark;
}

/** Where an effect stands on an object, which keeps the newest one of each kind. */
export function standOn(
  metadata: Metadata,
  operation: 'prepare' | 'shift',
  request: PrepareRequest | ShiftRequest,
): Stand | Objection {
  return standOf(markOf(metadata, operation), request, markOf(metadata, operation === 'shift' ? 'prepare' : 'shift'));
}

/**
 * Where an effect stands; why it is not made where it comes late, or as another wish under a number that was there. Of
 * the `other` kind only the rollback counts: an earlier one than that comes late.
 */
export function standOf(
  seen: Mark | undefined,
  request: PrepareRequest | ShiftRequest,
  other?: Mark,
): Stand | Objection {
  const mark = markFor(request);
  if (other && mark.epoch < other.epoch) return standingConflict('late', other, request);
  const stands = standing(seen, mark);
  return stands === 'newer' || stands === 'same' ? { stands, seen, mark } : standingConflict(stands, seen, request);
}

/** Why such an effect is not made. */
function standingConflict(how: 'late' | 'otherWish', seen: Mark | undefined, { fence }: TargetEffect): Objection {
  return how === 'late'
    ? objection('LATE_EFFECT', `number ${fence.number} comes after number ${seen?.number} of this or a later rollback`)
    : objection('OTHER_WISH', `number ${fence.number} came before with another wish`);
}

function wishOf(request: PrepareRequest | ShiftRequest): string {
  const { rollback, target, revision } = request;
  const wanted = 'share' in request ? [request.share] : [request.desired, request.expected];
  return JSON.stringify([rollback, target, revision.from, revision.to, ...wanted]);
}
