import { pauseAll } from '../../src/client/pause-all';
import type { PauseDoor } from '../../src/client/pause-all';
import { consultAll } from '../../src/domain/environment/consult';
import { openEnvironment } from '../../src/domain/environment/state';
import { environmentView } from '../../src/domain/environment/view';

const NOW = 1_795_400_000_000;
const PAUSE = { kind: 'pause' as const, id: 'p1', by: 'ada', at: NOW, reason: 'because' };
const LIMITS = { automaticAtOnce: 9, commonCause: { services: 900, withinMs: 300_000 } };

/** An environment that knows of an automatic rollback, and of services that have alerted just now or minutes ago. */
function known() {
  const alerting = (service: string) => ({ kind: 'alerting' as const, service, title: 'it fails' });
  const before = consultAll(openEnvironment('prod'), LIMITS, [alerting('long-ago')], NOW - 120_000);
  const now = [{ kind: 'begin' as const, service: 'moving', number: 4 }, alerting('just-now'), alerting('ended')];
  return environmentView(consultAll(before.state, LIMITS, now, NOW).state, NOW);
}

function door(change: Partial<PauseDoor> = {}): PauseDoor & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    list: async () => [{ environment: 'prod', service: 'listed', number: 2, stage: 'moving', startedAt: NOW }],
    environment: async () => known(),
    latest: async (name) => ({ ...name, number: 1 }),
    tellRollback: async (ref) => {
      told.push(`${ref.service}/${ref.number}`);
      return ref.service === 'ended'
        ? { kind: 'refused', code: 'ENDED', text: 'it has ended' }
        : { kind: 'applied', text: 'paused' };
    },
    ...change,
  };
}

describe('a pause of everything', () => {
  test('reaches what the list shows and what the environment knows before the list does, and skips what has ended', async () => {
    const all = door();
    const { rollbacks, listedOnly } = await pauseAll(all, 'prod', PAUSE);
    expect(all.told.sort()).toEqual(['ended/1', 'just-now/1', 'listed/2', 'moving/4']);
    expect(rollbacks.map(({ service }) => service).sort()).toEqual(['just-now', 'listed', 'moving']);
    expect(listedOnly).toBeUndefined();
  });

  test('goes by the list alone where the environment does not answer, and says so', async () => {
    const alone = door({ environment: async () => undefined });
    expect(await pauseAll(alone, 'prod', PAUSE)).toMatchObject({
      rollbacks: [{ service: 'listed' }],
      listedOnly: true,
    });
  });

  test('tells each rollback once, however many there are', async () => {
    const many = Array.from({ length: 95 }, (_, n) => ({
      environment: 'prod',
      service: `s${n}`,
      number: 1,
      stage: 'moving',
      startedAt: NOW,
    }));
    const twice = door({ list: async () => [...many, ...many], environment: async () => undefined });
    expect((await pauseAll(twice, 'prod', PAUSE)).rollbacks).toHaveLength(95);
    expect(new Set(twice.told).size).toBe(twice.told.length);
  });
});
