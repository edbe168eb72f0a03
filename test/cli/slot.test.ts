import { FakeDoor, say } from './support/fake-cli';

describe('words about slots', () => {
  it('says into which slot a release was put, and what slots hold before they serve', async () => {
    const door = new FakeDoor();
    await say(['release', 'prod/checkout', 'v42', '--slot', 'blue', 'eu/green'], { door });
    await say(['slot', 'prod/checkout', 'blue=v42', 'eu/green=registry/checkout:v41=b'], { door });
    expect(door.told.map(({ command }) => command)).toMatchObject([
      { kind: 'release', releases: [{ revision: 'v42', slots: [{ slot: 'blue' }, { slot: 'green', target: 'eu' }] }] },
      {
        kind: 'slots',
        slots: [
          { slot: 'blue', revision: 'v42' },
          { slot: 'green', target: 'eu', revision: 'registry/checkout:v41=b' },
        ],
      },
    ]);
  });

  it.each(['blue', 'blue=', '=v42', 'eu/=v42'])('a slot that is said as %s is a usage error', async (pair) => {
    const door = new FakeDoor();
    const said = await say(['slot', 'prod/checkout', pair], { door });
    expect([said.exit, door.told]).toEqual([2, []]);
    expect(said.err).toContain('eu/blue');
  });

  it.each(['eu/', '/blue'])('a release into %s is a usage error', async (slot) => {
    const door = new FakeDoor();
    expect((await say(['release', 'prod/checkout', 'v42', '--slot', slot], { door })).exit).toBe(2);
    expect(door.told).toEqual([]);
  });
});
