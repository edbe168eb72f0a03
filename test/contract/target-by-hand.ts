import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { weightOf } from '../../src/domain/plan/census';
import type { TargetScript } from '../../src/domain/plan/script';
import { renderScript } from '../../src/domain/report';
import { isScripted } from '../../src/ports';
import { fromDebian, mayInstall, needsFromDebian } from '../tools/debian';
import type { TargetSubject } from './deployment-target.contract';
import { readFrom, ready, soon } from './target-requests';

const REVISION = { from: 'v42', to: 'v41' };
const LONGEST_MS = 150_000;
/** Programs that people have at hand, and a bare machine may lack; the packages bear their names. */
const FROM_DEBIAN: ReadonlySet<string> = new Set(['curl', 'jq', 'socat']);

/** What every target promises that tells its shifts as commands. */
export function describeByHand(
  promises: (part: 'by hand', title: string, body: (subject: TargetSubject) => Promise<void>) => void,
): void {
  // Where they can be installed, they are before the first test; where they cannot, each test says what it lacks.
  if (mayInstall()) for (const need of FROM_DEBIAN) needsFromDebian(`/usr/bin/${need}`, need);
  promises('by hand', 'tells its steps as commands that a shell carries out', async (subject) => {
    await ready(subject);
    const script = await scriptOf(subject);
    for (const weight of rising(subject)) {
      await inShell(subject, script, [weight]);
      const reading = await readFrom(subject.target);
      expect([weightOf(reading, 'v42'), weightOf(reading, 'v41')]).toEqual([100 - weight, weight]);
    }
  });

  promises('by hand', 'lets a step by hand be repeated, and begin anywhere', async (subject) => {
    await ready(subject);
    const script = await scriptOf(subject);
    await inShell(subject, script, [100, 100]);
    expect(weightOf(await readFrom(subject.target), 'v41')).toBe(100);
    await inShell(subject, script, [0]);
    expect(weightOf(await readFrom(subject.target), 'v42')).toBe(100);
  });

  promises('by hand', 'prints after a step by hand what is served', async (subject) => {
    await ready(subject);
    const script = await scriptOf(subject);
    const before = await run(subject, [...script.begin, ...script.show]);
    const after = await run(subject, [...script.begin, ...(script.steps.at(-1)?.lines ?? []), ...script.show]);
    expect(before).toMatch(/\S/);
    expect(after).not.toBe(before);
  });

  promises('by hand', 'has no secret in its commands', async (subject) => {
    await ready(subject);
    const text = JSON.stringify(await scriptOf(subject));
    for (const secret of subject.secrets) expect(text).not.toContain(secret);
  });

  promises('by hand', 'changes nothing by telling its commands', async (subject) => {
    const before = await subject.changes();
    await scriptOf(subject);
    expect(await subject.changes()).toBe(before);
  });
}

/** Shares beside none that it can have; one that is moved in one piece has everything or nothing. */
function rising({ target }: TargetSubject): readonly number[] {
  return target.capabilities().granularity === 'all' ? [100] : [25, 100];
}

/** Commands for these shares and for none that it cannot have, whatever is asked. */
async function scriptOf(subject: TargetSubject): Promise<TargetScript> {
  const { target } = subject;
  if (!isScripted(target)) throw new Error('it does not tell its steps as commands');
  const script = await target.script({ revision: REVISION, weights: [0, 25, 100] }, soon());
  expect(script.steps.map(({ weight }) => weight)).toEqual([0, ...rising(subject)]);
  for (const need of script.needs) if (FROM_DEBIAN.has(need)) fromDebian(`/usr/bin/${need}`, need);
  return script;
}

/** The script as people are given it. */
async function inShell(subject: TargetSubject, script: TargetScript, weights: readonly number[]): Promise<void> {
  const steps = weights.map((weight) => ({
    name: `to ${weight} %`,
    because: 'it is tried',
    weights: [{ target: subject.name, weight }],
  }));
  const byHand = {
    fromRevision: 'v42',
    toRevision: 'v41',
    direction: 'forward' as const,
    steps,
    scripts: { [subject.name]: script },
  };
  await run(subject, [renderScript(byHand, { name: 'prod/checkout/1', asOf: 0 })]);
}

/** Runs lines in the plainest shell there is, with nothing at its input. */
async function run({ shell }: TargetSubject, lines: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], ...shell };
  const ran = promisify(execFile)('sh', ['-eu', '-c', lines.join('\n')], { env, timeout: LONGEST_MS });
  ran.child.stdin?.end();
  return (await ran).stdout;
}
