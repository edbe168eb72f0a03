import type { ActivateInput } from '@temporalio/workflow';
import { interceptors } from '../../src/workflows/whole-tasks';

type Job = 'fireTimer' | 'signalWorkflow' | 'notifyHasPatch' | 'doUpdate' | 'queryWorkflow' | 'removeFromCache';

interface Shown {
  readonly jobs: readonly Job[];
  readonly events: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** An activation as the SDK's core hands it to the workflow, as far as the interceptor looks at it. */
function activation({ jobs, events, bytes, seconds }: Shown): ActivateInput {
  return {
    activation: {
      jobs: jobs.map((job) => ({ [job]: {} })),
      historyLength: events,
      historySizeBytes: bytes,
      timestamp: { seconds, nanos: 0 },
    },
    batchIndex: 0,
  } as unknown as ActivateInput;
}

/** How many of the activations, one after the other, a run takes in, and what it says where it refuses one. */
function takenIn(shown: readonly Shown[]): { readonly taken: number; readonly refusal?: string } {
  const [internals] = interceptors().internals ?? [];
  const next = jest.fn();
  try {
    for (const one of shown) internals?.activate?.(activation(one), next);
  } catch (error) {
    return { taken: next.mock.calls.length, refusal: String(error) };
  }
  return { taken: next.mock.calls.length };
}

const BEFORE: Shown = { jobs: ['fireTimer'], events: 3, bytes: 900, seconds: 100 };

describe('a run that is handed events', () => {
  it.each<[string, readonly Shown[]]>([
    ['each with a task of its own', [{ jobs: ['fireTimer'], events: 9, bytes: 1_900, seconds: 101 }]],
    ['of one task in several activations', [{ jobs: ['notifyHasPatch'], events: 3, bytes: 900, seconds: 100 }]],
    ['and an update within the task that has begun', [{ jobs: ['doUpdate'], events: 3, bytes: 900, seconds: 100 }]],
    ['while the clock of the server stands still', [{ jobs: ['fireTimer'], events: 9, bytes: 1_900, seconds: 100 }]],
    ['by a server that tells no sizes', [{ jobs: ['fireTimer'], events: 9, bytes: 900, seconds: 101 }]],
    ['and is asked something', [{ jobs: ['queryWorkflow'], events: 9, bytes: 900, seconds: 100 }]],
    ['and leaves the memory of its worker', [{ jobs: ['removeFromCache'], events: 9, bytes: 900, seconds: 100 }]],
  ])('takes them in %s', (_how, after) => {
    const all = [BEFORE, ...after];
    expect(takenIn(all)).toEqual({ taken: all.length });
  });

  it.each<[string, Job]>([
    ['a timer that has fired', 'fireTimer'],
    ['a word that was said', 'signalWorkflow'],
  ])('refuses %s before the task for it has begun', (_what, job) => {
    const { taken, refusal } = takenIn([BEFORE, { jobs: [job], events: 5, bytes: 900, seconds: 100 }]);
    expect(taken).toBe(1);
    expect(refusal).toContain('ask again in a moment');
  });

  it('takes in its first events whatever they show', () => {
    expect(takenIn([{ jobs: ['signalWorkflow'], events: 0, bytes: 0, seconds: 0 }])).toEqual({ taken: 1 });
  });
});
