import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { capacityOf } from '../../src/domain/plan/census';
import type { TargetReading } from '../../src/domain/plan/census';
import { RetryableError } from '../../src/ports';
import type { DeploymentTarget, EffectResult, PrepareRequest, ShiftRequest } from '../../src/ports';

/** The start of the rollback in epoch milliseconds. */
export const EPOCH = 1_795_400_905_000;

type Change<T> = Partial<Omit<T, 'fence'>> & { readonly epoch?: number; readonly number?: number };

/** Wants a quarter on `v41`, where nothing is expected. */
export function shift(change: Change<ShiftRequest> = {}): ShiftRequest {
  const { epoch = EPOCH, number = 2, ...rest } = change;
  return { ...EFFECT, desired: 25, expected: 0, fence: { epoch, number }, ...rest };
}

/** Wants all of `v41` ready. */
export function prepare(change: Change<PrepareRequest> = {}): PrepareRequest {
  const { epoch = EPOCH, number = 1, ...rest } = change;
  return { ...EFFECT, share: 100, fence: { epoch, number }, ...rest };
}

const EFFECT = { rollback: 'rollback/prod/checkout/1', target: 'eu', revision: { from: 'v42', to: 'v41' } };

/** Ends after the longest that one call may take. */
export function soon(): AbortSignal {
  return within(5_000);
}

/** Ends after that many milliseconds. */
export function within(ms: number): AbortSignal {
  return AbortSignal.timeout(ms);
}

/** Prepares `v41`, asking again as a caller does. */
export async function ready(subject: { readonly target: DeploymentTarget }): Promise<void> {
  const result = await settled(() => subject.target.prepare(prepare(), soon()));
  expect(['done', 'alreadyInState']).toContain(result.outcome);
}

/** Moves to `v41`, asking again as a caller does. */
export async function moved(
  subject: { readonly target: DeploymentTarget },
  change: Change<ShiftRequest>,
): Promise<EffectResult> {
  const result = await settled(() => subject.target.shift(shift(change), soon()));
  expect(['done', 'alreadyInState']).toContain(result.outcome);
  return result;
}

/** A reading with that much capacity, which may take its while to come; the last one where it does not. */
export async function withCapacity(
  target: DeploymentTarget,
  revision: string,
  percent: number,
): Promise<TargetReading> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const reading = await target.observe(soon());
    if (capacityOf(reading, revision) >= percent || Date.now() > deadline) return reading;
    await pause(50);
  }
}

/** Asks again, as a caller does, while accepted work goes on. */
export async function settled(ask: () => Promise<EffectResult>): Promise<EffectResult> {
  let result = await ask();
  for (let asked = 1; asked < 6 && result.outcome === 'unknown'; asked += 1) result = await ask();
  return result;
}

/** An effect of which nothing is heard is unknown; an error says to try again where it was certainly not made. */
export async function unheard(
  subject: { readonly changes: () => Promise<number> },
  effect: () => Promise<EffectResult>,
): Promise<void> {
  const before = await subject.changes();
  const end = await effect().catch((error: unknown) => error);
  if (end instanceof RetryableError) expect(await subject.changes()).toBe(before);
  else expect(end).toMatchObject({ outcome: 'unknown', detail: expect.stringMatching(/\S/) });
}

/** Words that tell a person to do something: a no without one leaves its reader where they were. */
const ADVICE = /\b(retry|adopt|skip|deploy|start|roll|say|give|take|let|put|leave|write|name|set|mend|end|make)\b/;

/** A no that says why says what leads out of it, too: beside the sentence or in its part after the reason. */
export function saysWayOut(objection: object): void {
  const { detail, wayOut } = z.object({ detail: z.string().min(1), wayOut: z.string().optional() }).parse(objection);
  expect(wayOut ?? detail.slice(detail.search(/[;:](?=[^;:]*$)/))).toMatch(ADVICE);
}
