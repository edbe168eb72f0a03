import { z } from 'zod';

const percent = z.number().min(0).max(100);
const common = { target: z.string().min(1), deadline: z.string().optional() };
const revision = z.object({ from: z.string().min(1), to: z.string().min(1) });
const effect = z.object({ epoch: z.number(), number: z.number() });
const weight = z.object({ weight: percent });
const change = { ...common, rollback: z.string().min(1), effect, revision, desired: weight };

const schema = z.discriminatedUnion('operation', [
  z.object({ ...common, operation: z.literal('observe'), rollback: z.string().optional() }),
  z.object({ ...common, operation: z.literal('check'), rollback: z.string().optional(), revision }),
  z.object({ ...change, operation: z.literal('prepare') }),
  z.object({ ...change, operation: z.literal('shift'), expected: weight }),
]);

/** A request of the target contract. */
export type TargetRequest = z.infer<typeof schema>;

/** A request that changes something. */
export type EffectRequest = Extract<TargetRequest, { operation: 'prepare' | 'shift' }>;

/** The request in a body, or what is wrong with it. */
export function parseTargetRequest(body: string): { request: TargetRequest } | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return { problem: `the body is not JSON: ${String(error)}` };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { request: parsed.data };
  return { problem: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') };
}

/** What the request asks for in one canonical form; the deadline belongs to the attempt and is left out. */
export function fingerprintOf(request: EffectRequest): string {
  const { operation, rollback, target, effect: fence, revision: pair, desired } = request;
  const expected = request.operation === 'shift' ? request.expected.weight : null;
  const fields = [fence.epoch, fence.number, pair.from, pair.to, desired.weight, expected];
  return JSON.stringify([operation, rollback, target, ...fields]);
}
