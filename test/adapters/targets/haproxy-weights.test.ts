import type { ServerState } from '../../../src/adapters/targets/haproxy-state';
import { shareOf, weightsFor } from '../../../src/adapters/targets/haproxy-weights';

function servers(slot: string, ...initial: readonly number[]): readonly ServerState[] {
  return initial.map((each, index) => ({
    name: `${slot}${index + 1}`,
    slot,
    weight: slot === 'a' ? each : 0,
    initial: each,
    isOut: false,
    isReady: true,
    isChecked: true,
  }));
}

function after(all: readonly ServerState[], changes: ReturnType<typeof weightsFor>): readonly ServerState[] {
  const set = new Map(changes.map(({ server, weight }) => [server, weight]));
  return all.map((server) => ({ ...server, weight: set.get(server.name) ?? server.weight }));
}

describe('weights', () => {
  test.each([
    { to: servers('b', 100, 100), from: servers('a', 100, 100), within: 0.001 },
    { to: servers('b', 1, 1, 1), from: servers('a', 1, 1), within: 0.2 },
    { to: servers('b', 0), from: servers('a', 100, 100, 100), within: 0.2 },
    { to: servers('b', 200, 100), from: servers('a', 50, 25, 25), within: 0.2 },
  ])('give any whole share to a few per mille, and none to nobody: $within', ({ to, from, within }) => {
    for (let share = 0; share <= 100; share += 1) {
      const all = after([...to, ...from], weightsFor(to, from, share));
      const moved = all.filter((server) => server.slot === 'b');
      expect(Math.abs(shareOf(moved, all) - share)).toBeLessThanOrEqual(within);
      expect(all.every(({ weight }) => Number.isInteger(weight) && weight >= 0 && weight <= 256)).toBe(true);
      expect(moved.every(({ weight }) => weight > 0)).toBe(share > 0);
    }
  });

  it('cannot come near every share where one server stands against many', () => {
    const [to, from] = [servers('b', 100), servers('a', ...Array.from({ length: 9 }, () => 100))];
    const all = after([...to, ...from], weightsFor(to, from, 99));
    expect(
      shareOf(
        all.filter(({ slot }) => slot === 'b'),
        all,
      ),
    ).toBe(96.6);
  });

  it('keep servers of a slot as large beside each other as haproxy.cfg has them', () => {
    const changes = weightsFor(servers('b', 200, 100), servers('a', 100), 50);
    const weightOf = (name: string): number => changes.find(({ server }) => server === name)?.weight ?? 0;
    expect(weightOf('b1')).toBe(2 * weightOf('b2'));
  });

  it('are those of haproxy.cfg at the ends, which every algorithm takes', () => {
    expect(weightsFor(servers('b', 30, 60), servers('a', 70), 100)).toEqual([
      { server: 'b1', weight: 30 },
      { server: 'b2', weight: 60 },
      { server: 'a1', weight: 0 },
    ]);
  });

  it('leave out of the share what is out, and give it the weight of its kind', () => {
    const to = servers('b', 100, 100).map((server, index) => ({ ...server, isOut: index === 0 }));
    const all = after([...to, ...servers('a', 100)], weightsFor(to, servers('a', 100), 25));
    expect(
      shareOf(
        all.filter(({ slot }) => slot === 'b'),
        all,
      ),
    ).toBe(25);
    expect(all[0]?.weight).toBe(all[1]?.weight);
  });
});
