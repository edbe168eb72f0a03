import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { capacityOf } from '../../src/domain/plan/census';
import type { TargetReading } from '../../src/domain/plan/census';
import { RetryableError } from '../../src/ports';
import type {
  DeploymentTarget,
  DryRun,
  EffectResult,
  PrepareRequest,
  RevisionPair,
  ShiftRequest,
} from '../../src/ports';

/** The start of the rollback in epoch milliseconds. */
export const EPOCH = 1_795_400_905_000;

/** Of a rollback before that. */
export const EARLIER = { epoch: EPOCH - 1, rollback: 'rollback/prod/checkout/0' };

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

const SOON_MS = 5_000;

/** Ends after the longest that one call may take. */
export function soon(): AbortSignal {
  return within(SOON_MS);
}

/** Ends after that many milliseconds. */
export function within(ms: number): AbortSignal {
  return AbortSignal.timeout(ms);
}

/**
 * As long as a caller asks again here: a machine that does much else beside is slow. Suites whose tests may take longer
 * than usual, as they wait for controllers of others, let a caller be more patient.
 */
export const patience = { ms: 45_000 };

/** Prepares `v41`, asking again as a caller does. */
export async function ready(
  subject: { readonly target: DeploymentTarget },
  change: Change<PrepareRequest> = {},
): Promise<void> {
  isMade(await settled(() => subject.target.prepare(prepare(change), soon())));
}

/** Moves to `v41`, asking again as a caller does. */
export async function moved(
  subject: { readonly target: DeploymentTarget },
  change: Change<ShiftRequest>,
): Promise<EffectResult> {
  const result = await settled(() => subject.target.shift(shift(change), soon()));
  isMade(result);
  return result;
}

/** Made now, or before where that will do; where it is not, all that was said of it is shown. */
function isMade(result: EffectResult, now = false): void {
  const outcome = expect.stringMatching(now ? /^done$/ : /^(done|alreadyInState)$/) as string;
  // Not `toMatchObject`, which shows nothing but what it was asked about.
  expect(result).toEqual({ ...result, outcome });
}

/** A reading with that much capacity, which may take its while to come; the last one where it does not. */
export function withCapacity(target: DeploymentTarget, revision: string, percent: number): Promise<TargetReading> {
  return readingWhere(target, (reading) => capacityOf(reading, revision) >= percent);
}

/** The first reading of which that holds; the last one where it holds of none. */
export async function readingWhere(
  target: DeploymentTarget,
  holds: (reading: TargetReading) => boolean,
): Promise<TargetReading> {
  const deadline = Date.now() + patience.ms;
  for (;;) {
    const reading = await readFrom(target);
    if (holds(reading) || Date.now() > deadline) return reading;
    await pause(50);
  }
}

/** What it serves, asked for again where a call came to nothing in its time. */
export function readFrom(target: DeploymentTarget): Promise<TargetReading> {
  return inTime((signal) => target.observe(signal));
}

/** Whether it can go back, asked for again where a call came to nothing in its time. */
export function checked(target: DeploymentTarget, pair: RevisionPair): Promise<DryRun> {
  return inTime((signal) => target.check(pair, signal));
}

/** Asks again where a slow machine has used up the time of a call; what it says before that is its answer. */
async function inTime<End>(ask: (signal: AbortSignal) => Promise<End>): Promise<End> {
  const deadline = Date.now() + patience.ms;
  for (;;) {
    const began = Date.now();
    try {
      return await ask(soon());
    } catch (error) {
      // A program is ended somewhat before, so that it can still say what it knows.
      if (Date.now() - began < SOON_MS * 0.8 || Date.now() > deadline) throw error;
    }
  }
}

/** Asks again, as a caller does, while accepted work goes on, and where a call came to nothing in its time. */
export async function settled<End extends { readonly outcome: string }>(ask: () => Promise<End>): Promise<End> {
  const deadline = Date.now() + patience.ms;
  for (;;) {
    const isLast = Date.now() > deadline;
    const end = await ask().catch((error: unknown) => {
      if (isLast || !(error instanceof RetryableError) || error.code !== 'TARGET_UNREACHABLE') throw error;
      return undefined;
    });
    if (end && (isLast || end.outcome !== 'unknown')) return end;
    await pause(50);
  }
}

/** Asks until it is known how it ended, and wants it done: where it had to be asked again, maybe by a call before. */
export async function made(ask: () => Promise<EffectResult>, isSlow = true): Promise<EffectResult> {
  let asked = 0;
  const counted = (): Promise<EffectResult> => {
    asked += 1;
    return ask();
  };
  const result = await (isSlow ? settled(counted) : counted());
  isMade(result, asked === 1);
  return result;
}

/**
 * An effect of which nothing is heard is unknown; an error says to try again where it was certainly not made. Gives back
 * how many milliseconds it took to end.
 */
export async function unheard(
  subject: { readonly changes: () => Promise<number> },
  effect: () => Promise<EffectResult>,
): Promise<number> {
  const before = await subject.changes();
  const started = Date.now();
  const end = await effect().catch((error: unknown) => error);
  const took = Date.now() - started;
  if (end instanceof RetryableError) expect(await subject.changes()).toBe(before);
  else expect(end).toMatchObject({ outcome: 'unknown', detail: expect.stringMatching(/\S/) });
  return took;
}

/** Words that tell a person to do something: a no without one leaves its reader where they were. */
const ADVICE = /\b(retry|adopt|skip|deploy|start|roll|say|give|take|let|put|leave|write|name|set|mend|end|make)\b/;

/** A no that says why says what leads out of it, too: beside the sentence or in its part after the reason. */
export function saysWayOut(objection: object): void {
  const { detail, wayOut } = z.object({ detail: z.string().min(1), wayOut: z.string().optional() }).parse(objection);
  expect(wayOut ?? detail.slice(detail.search(/[;:](?=[^;:]*$)/))).toMatch(ADVICE);
}
