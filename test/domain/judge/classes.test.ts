import fc from 'fast-check';
import { grownClasses, withClasses } from '../../../src/domain/judge';
import type { ClassQuestion, CountedClass } from '../../../src/domain/judge/classes';
import { CLASSES_UNTOLD } from '../../../src/domain/judge/classes';
import { binomial } from '../../../src/domain/simulation/random';
import { verdict } from '../rollback/support/fixtures';
import { seeded } from './support';

/** Failures of one class in each of ten intervals, among requests that have no class. */
const of = (value: string, stable: number, current: number): CountedClass => ({
  value,
  stable: Array.from({ length: 10 }, () => ({ requests: stable, bad: stable })),
  current: Array.from({ length: 10 }, () => ({ requests: current, bad: current })),
});

const served: CountedClass = {
  value: '200',
  stable: Array.from({ length: 10 }, () => ({ requests: 100, bad: 0 })),
  current: Array.from({ length: 10 }, () => ({ requests: 300, bad: 0 })),
};

const ask = (classes: readonly CountedClass[], change: Partial<ClassQuestion> = {}) =>
  grownClasses({ label: 'code', classes, labels: 1, phi: 1, minIntervals: 2, ...change });

describe('the classes of failures of a worse old revision', () => {
  it('are named where they are new or grew, most of them first, and not where they stayed', () => {
    expect(ask([served, of('500', 2, 6), of('503', 20, 0), of('502', 10, 3)])).toEqual({
      kind: 'told',
      label: 'code',
      compared: 3,
      grown: [
        { value: '503', stable: { requests: 1_320, bad: 200 }, current: { requests: 3_090, bad: 0 }, isNew: true },
        { value: '502', stable: { requests: 1_320, bad: 100 }, current: { requests: 3_090, bad: 30 }, isNew: false },
      ],
    });
  });

  it('take longer to name where failures come in clumps', () => {
    const classes = [served, of('503', 1, 0)];
    expect(ask(classes)).toMatchObject({ grown: [{ value: '503' }] });
    expect(ask(classes, { phi: 10 })).toMatchObject({ grown: [] });
  });

  it.each([
    ['nothing failed', [served], 'no failure was counted by it'],
    ['the label is not there', [of('', 5, 1)], 'no failure that is counted has it'],
  ])('are not told where %s, with the reason', (_name, classes, because) => {
    expect(ask(classes)).toEqual({ kind: 'untold', label: 'code', because });
  });

  it('are hardly ever named where each comes exactly as often as it may', () => {
    const random = seeded(9);
    const wrong = Array.from({ length: 400 }, () => {
      const drawn = ['500', '502', '503'].map((value) => {
        const each = (p: number, n: number) =>
          Array.from({ length: 30 }, () => {
            const bad = binomial(random, n, p);
            return { requests: bad, bad };
          });
        return { value, stable: each(0.03, 60), current: each(0.02, 120) };
      });
      const asked = ask([
        ...drawn,
        { value: '200', stable: fill(drawn, 'stable', 60), current: fill(drawn, 'current', 120) },
      ]);
      return asked.kind === 'told' && asked.grown.length > 0;
    });
    expect(wrong.filter(Boolean).length / wrong.length).toBeLessThanOrEqual(0.05);
  });

  it('say the same in whatever order their source tells them', () => {
    const classes = [served, of('500', 2, 6), of('503', 20, 0), of('502', 10, 3)];
    fc.assert(
      fc.property(fc.shuffledSubarray(classes, { minLength: 4 }), (shuffled) => {
        expect(ask(shuffled)).toEqual(ask(classes));
      }),
    );
  });

  it('stand in the verdict and in its words', () => {
    const worse = { ...verdict('halt', 'WORSE'), text: `v41 fails more; ${CLASSES_UNTOLD}; stopped here` };
    const told = withClasses(worse, [ask([served, of('503', 20, 0)]), ask([served], { label: 'route' })], 'v41');
    expect(told.classes).toHaveLength(2);
    expect(told.text).toBe(
      'v41 fails more; by code, what is new or grew on v41: 503 (200 of 1,200, 17 % against never before); what is new on it by route cannot be told: no failure was counted by it; stopped here',
    );
    const none = withClasses(worse, [ask([served, of('500', 1, 3)])], 'v41');
    expect(none.text).toContain('by code no class of failures is proven to have grown');
  });
});

/** The requests that did not fail. */
function fill(drawn: readonly CountedClass[], cohort: 'stable' | 'current', n: number): CountedClass['stable'] {
  return Array.from({ length: 30 }, (_, index) => {
    const failed = drawn.reduce((sum, each) => sum + (each[cohort][index]?.bad ?? 0), 0);
    return { requests: n - failed, bad: 0 };
  });
}
