import { createHash } from 'node:crypto';
import type { PrepareRequest, ShiftRequest, Fence, TargetEffect } from '../../ports';
import { inVariable } from './haproxy-revisions';

/** The last effect that a HAProxy was told, as its process variable keeps it. */
interface Told extends Fence {
  /** What was wished, in short: the same number with another wish is another effect. */
  readonly wish: string;
}

/** How an effect stands to the last one that a HAProxy was told. */
export type Standing = 'new' | 'same' | 'late' | 'otherWish';

/** The kinds of effects, which have fences of their own. */
export type EffectKind = 'prepare' | 'shift';

/** The variable in which HAProxy keeps the last effect of a kind; a restart or a reload forgets it. */
export function fenceVariable(kind: EffectKind, backend: string): string {
  return `proc.phased_rollback_${kind}_${inVariable(backend)}`;
}

/** The wish of a number that was refused: it may come again, and nothing older may. */
const NOT_MADE = '0';

/**
 * Reads first, since HAProxy compares nothing: against late calls, not against two at the same instant. `other` is the
 * variable of the other kind, whose rollback may be a later one.
 */
export function standingOf(
  request: ShiftRequest | PrepareRequest,
  variable: string | undefined,
  other: string | undefined,
): Standing {
  const { epoch, number } = request.fence;
  if ((told(other)?.epoch ?? 0) > epoch) return 'late';
  const before = told(variable);
  if (before === undefined || epoch > before.epoch) return 'new';
  if (epoch < before.epoch || number < before.number) return 'late';
  if (number > before.number || before.wish === NOT_MADE) return 'new';
  return wishOf(request) === before.wish ? 'same' : 'otherWish';
}

/** Commands that make HAProxy keep the effect; its variables are set in experimental mode only, and old ones have none. */
export function keepFence(
  kind: EffectKind,
  backend: string,
  request: ShiftRequest | PrepareRequest,
): readonly string[] {
  return keep(kind, backend, request, wishOf(request));
}

/** The same of an effect that is not made. */
export function keepNumber(
  kind: EffectKind,
  backend: string,
  request: ShiftRequest | PrepareRequest,
): readonly string[] {
  return keep(kind, backend, request, NOT_MADE);
}

function keep(kind: EffectKind, backend: string, { fence }: TargetEffect, wish: string): readonly string[] {
  const value = `${fence.epoch}.${fence.number}.${wish}`;
  return ['experimental-mode on', `set var ${fenceVariable(kind, backend)} str(${value})`];
}

function told(variable: string | undefined): Told | undefined {
  const [, epoch, number, wish] = /^(\d+)\.(\d+)\.([0-9a-f]+)$/.exec(variable ?? '') ?? [];
  return wish === undefined ? undefined : { epoch: Number(epoch), number: Number(number), wish };
}

function wishOf(request: ShiftRequest | PrepareRequest): string {
  const { rollback, revision } = request;
  const goal = 'share' in request ? [request.share] : [request.desired, request.expected];
  const text = JSON.stringify([rollback, revision.from, revision.to, ...goal]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
