import { weightOf } from '../../src/domain/plan/census';
import { RetryableError, TerminalError } from '../../src/ports';
import type { AskedSubject, Promises } from './deployment-target.contract';
import { prepare, readFrom, ready, saysWayOut, shift, soon, unheard, within } from './target-requests';

/** Less than a target's own limit of five seconds, with which a call would end that does not hear its signal. */
const SOON_MS = 4_000;

/** What a target promises whatever the other side does. */
export function describeTrouble(promises: Promises): void {
  describeSilence(promises);
  describeUselessAnswers(promises);
  describeSecrets(promises);
}

function describeSilence(promises: Promises): void {
  promises('hang', 'ends soon after its signal and calls an unanswered effect unknown', async (subject) => {
    await ready(subject);
    await subject.misbehave('hang');
    for (const effect of [
      () => subject.target.shift(shift({ desired: subject.shares.some }), within(300)),
      () => subject.target.prepare(prepare({ number: 2 }), within(300)),
    ])
      expect(await unheard(subject, effect)).toBeLessThan(SOON_MS);
  });

  promises('hang', 'ends a read soon after its signal with an error that says to try again', async (subject) => {
    await subject.misbehave('hang');
    const started = Date.now();
    await expect(subject.target.observe(within(300))).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      retryable: true,
    });
    expect(Date.now() - started).toBeLessThan(SOON_MS);
  });

  promises(
    'hang',
    'makes an effect once that was carried out without an answer and is asked again',
    async (subject) => {
      await ready(subject);
      const before = await subject.changes();
      await subject.misbehave('hang');
      await unheard(subject, () => subject.target.shift(shift({ desired: subject.shares.some }), within(600)));
      await subject.misbehave(undefined);
      const again = await subject.move();
      expect(['done', 'alreadyInState']).toContain(again.outcome);
      expect(weightOf(await readFrom(subject.target), 'v41')).toBe(subject.shares.some);
      expect(await subject.changes()).toBe(before + 1);
    },
  );

  promises('basics', 'asks nothing when its signal is aborted already', async (subject) => {
    await expect(subject.target.shift(shift(), AbortSignal.abort())).rejects.toBeInstanceOf(RetryableError);
    await expect(subject.target.observe(AbortSignal.abort())).rejects.toBeInstanceOf(RetryableError);
    expect(await subject.changes()).toBe(0);
  });
}

function describeUselessAnswers(promises: Promises): void {
  for (const how of ['unreadable', 'oversized'] as const) {
    promises(how, `calls an effect unknown whose answer is ${how}, and a read a failure`, async (subject) => {
      await subject.misbehave(how);
      await unheard(subject, () => subject.target.shift(shift({ desired: subject.shares.some }), soon()));
      await unheard(subject, () => subject.target.prepare(prepare(), soon()));
      await expect(subject.target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_ANSWER_UNREADABLE' });
      await expect(subject.target.check({ from: 'v42', to: 'v41' }, soon())).rejects.toMatchObject({
        code: 'TARGET_ANSWER_UNREADABLE',
      });
    });
  }

  promises('redirect', 'never follows a redirect', async (subject) => {
    await subject.misbehave('redirect');
    for (const call of everyCall(subject)) await expect(call()).rejects.toMatchObject({ code: 'TARGET_MISCONFIGURED' });
    expect(await subject.changes()).toBe(0);
  });

  promises('refuse', 'hands on the reason of a refusal', async (subject) => {
    await subject.misbehave('refuse');
    // In words only, or as what a server with rights and policies of its own does not allow.
    const code = expect.stringMatching(/^(OTHER|NOT_ALLOWED)$/);
    const refusal = { outcome: 'refused', code, detail: 'frozen by ops' };
    for (const result of [await subject.move(), await subject.target.prepare(prepare(), soon())]) {
      expect(result).toMatchObject(refusal);
      saysWayOut(result);
    }
  });

  promises('unavailable', 'says to try again where the other side is not available', async (subject) => {
    await subject.misbehave('unavailable');
    for (const call of everyCall(subject))
      await expect(call()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', retryable: true });
  });

  promises('unauthorized', 'says that trying again is no use where it is not let in', async (subject) => {
    await subject.misbehave('unauthorized');
    for (const call of everyCall(subject)) await expect(call()).rejects.toBeInstanceOf(TerminalError);
    await expect(subject.target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_UNAUTHORIZED' });
  });

  promises('gone', 'knows that an effect was not made where nobody could be reached', async (subject) => {
    await subject.misbehave('gone');
    for (const call of everyCall(subject))
      await expect(call()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', retryable: true });
  });
}

function describeSecrets(promises: Promises): void {
  const kinds = [
    'unreadable',
    'oversized',
    'redirect',
    'refuse',
    'unavailable',
    'unauthorized',
    'telltale',
    'gone',
  ] as const;
  for (const how of kinds) {
    promises(how, `never tells a secret (${how})`, async (subject) => {
      await subject.misbehave(how);
      const told: string[] = [];
      for (const call of everyCall(subject)) told.push(await toldBy(call));
      expect(told.join('').length).toBeGreaterThan(0);
      for (const secret of subject.secrets) expect(told.join('\n')).not.toContain(secret);
    });
  }
}

/** Everything that a call says, results and errors with their causes alike. */
async function toldBy(call: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await call());
  } catch (error) {
    const parts: string[] = [];
    for (let at: unknown = error; at instanceof Error; at = at.cause)
      parts.push(at.message, at.stack ?? '', JSON.stringify(at));
    return parts.join('\n');
  }
}

function everyCall({ target, shares }: AskedSubject): readonly (() => Promise<unknown>)[] {
  return [
    () => target.shift(shift({ desired: shares.some }), soon()),
    () => target.prepare(prepare(), soon()),
    () => target.observe(soon()),
    () => target.check({ from: 'v42', to: 'v41' }, soon()),
  ];
}
