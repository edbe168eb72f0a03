import type { DeploymentTarget, EffectResult } from '../../src/ports';
import { capacityOf, weightOf } from '../../src/domain/plan/census';
import { describeByHand } from './target-by-hand';
import { describeUnits, UNITS } from './target-units';
import { describeConverging } from './target-converging';
import { describeFences } from './target-fences';
import { describeUnwinding } from './target-unwinding';
import { describeTrouble } from './target-trouble';
import { checked, made, readFrom, ready, saysWayOut, settled, shift, soon, withCapacity } from './target-requests';

/**
 * How the other side misbehaves: `hang` carries out what is asked and never answers; with `lagging`, what carries the
 * traffic follows what is set only later.
 */
export type TargetMisbehaviour =
  | 'hang'
  | 'lagging'
  | 'unreadable'
  | 'oversized'
  | 'redirect'
  | 'refuse'
  | 'unavailable'
  | 'unauthorized'
  | 'gone'
  | 'telltale';

/** A target with nothing moved yet: `v42` serves everything, `v41` is known and serves nothing. */
export interface TargetSubject {
  readonly target: DeploymentTarget;
  readonly name: string;
  /** Values that no message may hold. */
  readonly secrets: readonly string[];
  /** From now on every request is met like this; undefined for as it should be. */
  readonly misbehave: (how: TargetMisbehaviour | undefined) => Promise<void>;
  /** Times that something was changed so far. */
  readonly changes: () => Promise<number>;
  /** What is set there, as its owner would write it; left out where only shares are. */
  readonly setting?: () => Promise<unknown>;
  readonly close: () => Promise<void>;
  /** Variables that a person's shell has, for commands by hand. */
  readonly shell?: Readonly<Record<string, string>>;
}

/** Two shares beside none that a subject can have. */
export interface Shares {
  readonly some: number;
  readonly other: number;
}

/** A subject with what its suite says of it. */
export interface AskedSubject extends TargetSubject {
  readonly shares: Shares;
  /** Asks for a move; as a caller does, again while it goes on where it takes longer than one call. */
  readonly move: (change?: Parameters<typeof shift>[0]) => Promise<EffectResult>;
  /** The same move where nothing is moved yet: it is done then. */
  readonly make: () => Promise<EffectResult>;
}

/** `room` is of those that have something to make ready, and so keep the newest `prepare`. */
type Part = 'basics' | 'by hand' | 'percent' | 'units' | 'fence' | 'room' | 'expected' | 'unwind' | TargetMisbehaviour;

/** What every `DeploymentTarget` promises. A part that an implementation cannot show is skipped with its reason. */
export function describeDeploymentTarget(suite: {
  readonly name: string;
  /** Moved in percent; or by the unit, of which it then has `UNITS`. One may have to be made so that it can lag. */
  readonly create: (units?: typeof UNITS, part?: Part) => Promise<TargetSubject>;
  /** Where it cannot have any percent. */
  readonly shares?: Shares;
  /** True where a move may take longer than one call. */
  readonly slow?: boolean;
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly Part[] }[];
}): void {
  const reasonFor = (part: Part): string | undefined => suite.skip?.find((entry) => entry.tests.includes(part))?.reason;
  const { shares = { some: 25, other: 50 }, slow = false } = suite;
  const promises = (part: Part, title: string, body: (subject: AskedSubject) => Promise<void>): void => {
    const reason = reasonFor(part);
    const run = reason === undefined ? it : it.skip;
    run(reason === undefined ? title : `${title} (skipped: ${reason})`, async () => {
      const subject = await suite.create(part === 'units' ? UNITS : undefined, part);
      try {
        const asking = (change?: Parameters<typeof shift>[0]) => () =>
          subject.target.shift(shift({ desired: shares.some, ...change }), soon());
        const move: AskedSubject['move'] = (change) => (slow ? settled(asking(change)) : asking(change)());
        const make = (): Promise<EffectResult> => made(asking(), slow);
        await body({ ...subject, shares, move, make });
      } finally {
        await subject.close();
      }
    });
  };

  describe(`${suite.name} as a deployment target`, () => {
    describeBasics(promises);
    describeUnits(promises);
    describeByHand(promises);
    describeFences(promises);
    describeConverging(promises);
    describeUnwinding(promises, shares);
    describeTrouble(promises);
  });
}

/** Makes a test of what a part of the suite promises. */
export type Promises = (part: Part, title: string, body: (subject: AskedSubject) => Promise<void>) => void;

function describeBasics(promises: Promises): void {
  promises('basics', 'reads what is served, stamped with when it was read', async ({ target, name }) => {
    const before = Date.now();
    const reading = await readFrom(target);
    expect(reading.target).toBe(name);
    expect([weightOf(reading, 'v42'), weightOf(reading, 'v41')]).toEqual([100, 0]);
    expect(reading.at).toBeGreaterThanOrEqual(before);
    expect(reading.at).toBeLessThanOrEqual(Date.now());
  });

  promises('basics', 'makes capacity ready without moving traffic or shrinking the other revision', async (subject) => {
    const before = await readFrom(subject.target);
    await ready(subject);
    const after = await withCapacity(subject.target, 'v41', 100);
    expect(capacityOf(after, 'v41')).toBeGreaterThanOrEqual(100);
    expect(capacityOf(after, 'v42')).toBeGreaterThanOrEqual(capacityOf(before, 'v42'));
    expect(weightOf(after, 'v41')).toBe(0);
  });

  promises('basics', 'sets the share, and says what it then serves', async (subject) => {
    await ready(subject);
    const { some } = subject.shares;
    const result = await subject.make();
    if (result.observed) expect(weightOf(result.observed, 'v41')).toBe(some);
    const reading = await readFrom(subject.target);
    expect([weightOf(reading, 'v42'), weightOf(reading, 'v41'), reading.uneven]).toEqual([100 - some, some, undefined]);
  });

  promises('basics', 'makes the same effect once, however often it is asked', async (subject) => {
    await ready(subject);
    const before = await subject.changes();
    await subject.move();
    const again = await subject.move();
    expect(['done', 'alreadyInState']).toContain(again.outcome);
    expect(await subject.changes()).toBe(before + 1);
  });

  promises('basics', 'has nothing to do where the share is there already', async (subject) => {
    await ready(subject);
    await subject.move();
    const before = await subject.changes();
    const result = await subject.move({ number: 3, expected: subject.shares.some });
    expect(result.outcome).toBe('alreadyInState');
    expect(await subject.changes()).toBe(before);
  });

  promises('basics', 'finds in a dry run whether the move could be made, and changes nothing', async (subject) => {
    expect((await checked(subject.target, { from: 'v42', to: 'v41' })).ok).toBe(true);
    const unknown = await checked(subject.target, { from: 'v42', to: 'v13' });
    expect(unknown).toMatchObject({ ok: false, code: 'REVISION_UNKNOWN' });
    saysWayOut(unknown);
    expect(await subject.changes()).toBe(0);
  });

  promises('basics', 'refuses for good, with a reason, to move to a revision it does not have', async (subject) => {
    const result = await subject.move({ revision: { from: 'v42', to: 'v13' } });
    expect(result).toMatchObject({ outcome: 'refused', code: 'REVISION_UNKNOWN' });
    saysWayOut(result);
    expect(await subject.changes()).toBe(0);
  });
}
