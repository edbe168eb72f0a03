import type { FastifyReply } from 'fastify';

/** One mistake in a request, with its place as a JSON pointer. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** An error of the HTTP interface: RFC 9457, with a stable code. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldProblem[];
  /** Seconds after which the same request may succeed. */
  readonly retryAfterSeconds?: number;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { errors?: readonly FieldProblem[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.errors = more.errors ?? [];
    if (more.retryAfterSeconds !== undefined) this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** Sends a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) void reply.header('retry-after', String(problem.retryAfterSeconds));
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: problem.code,
        status: problem.status,
        code: problem.code,
        detail: problem.message,
        ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
      }),
    );
}
