import { FakeDoor, say } from './support/fake-cli';

describe('keeping a revision out', () => {
  it.each(['quarantine', 'unquarantine'])('%s names the revision and says why', async (kind) => {
    const door = new FakeDoor();
    const said = await say([kind, 'prod/checkout', 'v42', '--reason', 'the leak is mended'], { door });
    expect(said).toMatchObject({ exit: 0, out: 'prod/checkout: done\n', err: '' });
    const command = expect.objectContaining({
      kind,
      revision: 'v42',
      by: 'ada',
      reason: 'the leak is mended',
    }) as unknown;
    expect(door.told).toEqual([{ to: 'prod/checkout', command }]);
  });

  it.each(['quarantine', 'unquarantine'])('%s is not said without a reason, nor of one rollback', async (kind) => {
    const door = new FakeDoor();
    expect(await say([kind, 'prod/checkout', 'v42'], { door })).toMatchObject({
      exit: 2,
      err: expect.stringContaining("'--reason <text>'") as unknown,
    });
    expect((await say([kind, 'prod/checkout/7', 'v42', '--reason', 'because'], { door })).exit).toBe(2);
    expect((await say([kind, 'prod/checkout', '', '--reason', 'because'], { door })).exit).toBe(2);
    expect((await say([kind, 'prod/checkout', 'v42', '--reason', ''], { door })).exit).toBe(2);
    expect(door.told).toEqual([]);
  });
});
