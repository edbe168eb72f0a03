import { z } from 'zod';
import { objection, TARGET_CODES } from '../../domain/plan/objection';
import type { Objection } from '../../domain/plan/objection';
import { outsideJson, outsideText } from '../outside-text';
import { unitsSchema } from './target-capabilities';

const observedSchema = z
  .object({
    revisions: z
      .array(
        z.object({
          revision: z.string().min(1).max(300),
          weight: z.number().min(0).max(100),
          readyCapacity: z.number().min(0),
          readyInstances: z.int().min(0),
          knownAs: z.array(z.string().min(1).max(300)).max(1_000).optional(),
        }),
      )
      .max(1_000)
      .refine(
        (entries) => new Set(entries.map((entry) => entry.revision)).size === entries.length,
        'a revision is there twice',
      )
      // One percent for roundings of the target's own.
      .refine(
        (entries) => entries.reduce((sum, entry) => sum + entry.weight, 0) <= 101,
        'the weights are more than 100 %',
      ),
    units: unitsSchema.optional(),
    owner: z.string().max(300).optional(),
    uneven: z.boolean().optional(),
  })
  .readonly();

const doneSchema = z.object({
  status: z.enum(['done', 'alreadyInState']),
  detail: z.string().optional(),
  observed: observedSchema.optional(),
});
const acceptedSchema = z.object({
  status: z.literal('accepted'),
  pollAfterSeconds: z.number().min(0).max(3_600).default(1),
  statusUrl: z.string().optional(),
});
const refusalSchema = z.object({
  detail: z.string().optional(),
  title: z.string().optional(),
  code: z.string().optional().catch(undefined),
  wayOut: z.string().optional().catch(undefined),
});
const conflictSchema = refusalSchema.extend({ observed: observedSchema.optional().catch(undefined) });

/** What a target says it serves. */
export type Observed = z.infer<typeof observedSchema>;

/** What one answer says, whichever way it came. */
export type TargetAnswer =
  | {
      readonly kind: 'done';
      readonly status: 'done' | 'alreadyInState';
      readonly detail?: string;
      readonly observed?: Observed;
    }
  | ({ readonly kind: 'conflict'; readonly observed?: Observed } & Objection)
  | ({ readonly kind: 'refused' } & Objection)
  | { readonly kind: 'unreadable'; readonly because: string };

/** The work goes on at the target; ask again after that long. */
export interface AcceptedAnswer {
  readonly kind: 'accepted';
  readonly pollAfterMs: number;
  readonly statusUrl?: string;
}

/** Reads the document of a success. */
export function readDone(text: string, secrets: readonly string[]): TargetAnswer {
  const parsed = doneSchema.safeParse(outsideJson(text, secrets));
  if (!parsed.success) return unreadable(parsed.error);
  const detail = detailOf(parsed.data);
  return { kind: 'done', ...parsed.data, detail };
}

/** Reads the document of an accepted request. */
export function readAccepted(text: string): AcceptedAnswer | TargetAnswer {
  const parsed = acceptedSchema.safeParse(outsideJson(text));
  if (!parsed.success) return unreadable(parsed.error);
  const { pollAfterSeconds, statusUrl } = parsed.data;
  return { kind: 'accepted', pollAfterMs: pollAfterSeconds * 1_000, statusUrl };
}

/** Reads a conflict; the status said it already, so an unreadable document only costs the detail. */
export function readConflict(text: string, secrets: readonly string[]): TargetAnswer {
  const parsed = conflictSchema.safeParse(outsideJson(text, secrets));
  const said = objectionOf(parsed.data, 'the target says conflict, without saying why');
  return { kind: 'conflict', ...said, observed: parsed.data?.observed };
}

/** Reads a refusal, also in the form of RFC 9457 (problem+json). */
export function readRefused(text: string, secrets: readonly string[]): TargetAnswer {
  const parsed = refusalSchema.safeParse(outsideJson(text, secrets));
  return { kind: 'refused', ...objectionOf(parsed.data, 'the target refuses, without saying why') };
}

/** A code of the target's own is no failure: people see it beside what it says. */
function objectionOf(refusal: z.infer<typeof refusalSchema> | undefined, unsaid: string): Objection {
  const code = TARGET_CODES.find((known) => known === refusal?.code);
  const own = code === undefined && refusal?.code ? outsideText(refusal.code) : '';
  const said = objection(code ?? 'OTHER', `${detailOf(refusal) ?? unsaid}${own === '' ? '' : ` (${own})`}`);
  const wayOut = refusal?.wayOut === undefined ? '' : outsideText(refusal.wayOut);
  return wayOut === '' ? said : { ...said, wayOut };
}

function detailOf(refusal: z.infer<typeof refusalSchema> | undefined): string | undefined {
  const text = refusal?.detail ?? refusal?.title;
  return text === undefined ? undefined : outsideText(text) || undefined;
}

/** Names places and what was expected there, never what was there. */
function unreadable(error: z.ZodError): TargetAnswer {
  const problems = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`);
  return { kind: 'unreadable', because: problems.join('; ') };
}
