/** Why a target does not do what it is asked; closed, so that people and programs can branch on it. */
export const TARGET_CODES = [
  'REVISION_UNKNOWN',
  'REVISION_MIXED',
  'THIRD_REVISION',
  'CHANGED_BY_OTHERS',
  'LATE_EFFECT',
  'OTHER_WISH',
  'OWNED_BY_ANOTHER',
  'NO_CAPACITY',
  'NOT_ALLOWED',
  'NOT_TAKEN_UP',
  'UNSUPPORTED_SHAPE',
  'OTHER',
] as const;

/** One of `TARGET_CODES`; `OTHER` is what a target says in words only, or with a code that we do not know. */
export type TargetCode = (typeof TARGET_CODES)[number];

/** A target's no, with what leads out of it. */
export interface Objection {
  readonly code: TargetCode;
  /** Why, for people. */
  readonly detail: string;
  /** What a person can do about it, where the sentence does not hold that. */
  readonly wayOut?: string;
}

const WAYS_OUT: Readonly<Record<TargetCode, string>> = {
  REVISION_UNKNOWN: 'deploy it there, then retry',
  REVISION_MIXED: 'end what is being deployed there, then retry',
  THIRD_REVISION: 'take its traffic away, then retry',
  CHANGED_BY_OTHERS: 'find out who changes it, then retry, or adopt what is there',
  LATE_EFFECT: 'what came after it counts: look at what is served, then retry or adopt',
  OTHER_WISH: 'retry asks for it under a new number',
  OWNED_BY_ANOTHER: 'let its owner make the change and adopt it, or skip the target',
  NO_CAPACITY: 'start what is missing, then retry',
  NOT_ALLOWED: 'allow it there and retry, or make the change by hand and adopt it',
  NOT_TAKEN_UP: 'mend what does not follow, then retry',
  UNSUPPORTED_SHAPE: 'make the change by hand and adopt it, or skip the target',
  OTHER: 'mend what the target says and retry, or skip the target',
};

/** A no whose sentence only says why; what usually leads out of it is added. */
export function objection(code: TargetCode, detail: string): Required<Objection> {
  return { code, detail, wayOut: WAYS_OUT[code] };
}

/** Both in one line. */
export function objectionText({ detail, wayOut }: Pick<Objection, 'detail' | 'wayOut'>): string {
  return wayOut === undefined ? detail : `${detail}; ${wayOut}`;
}
