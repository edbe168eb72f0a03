import { writeFile } from 'node:fs/promises';
import { FLAG, flagFile, flagdTarget } from '../adapters/targets/support/flag-file';
import { NginxFront } from '../adapters/targets/support/nginx-front';
import { shift, soon } from '../contract/target-requests';
import { NOW } from '../domain/report/support/views';
import { Consulting, doorOf } from './support/doctor';
import { expectHarmless } from './support/no-op';

/** An effect of a rollback that ended before doctor comes. */
const earlier = shift({ epoch: NOW - 120_000, number: 9, desired: 25 });

describe('doctor --try-shift on a real NGINX', () => {
  let front: NginxFront;
  beforeEach(async () => {
    front = await NginxFront.make();
  });
  afterEach(() => front.close());

  it('writes the shares that are there and reloads: no user is sent elsewhere, and the rest of the file stays', async () => {
    expect((await front.target().shift(earlier, soon())).outcome).toBe('done');
    const read = async () => ({
      file: (await front.text()).replace(/^# phasedRollback: .*\n/m, '').replace(/default \w+;/, ''),
      users: await front.served(),
    });
    await expectHarmless({ stanza: front.stanza(), share: 25, says: '25 %', read });
  });

  it('changes nothing where NGINX would refuse the file, and says so in its words', async () => {
    const broken = (await front.text()).replace('server {', 'server { nonsense;');
    await writeFile(front.file, broken);
    const consulting = new Consulting();
    consulting.write(front.stanza());
    const found = await consulting.ask(doorOf(NOW - 60_000), 'prod/checkout', '--try-shift');
    consulting.close();
    expect(found('try eu')).toMatchObject({ state: 'bad', seen: expect.stringContaining('nonsense') });
    expect(await front.text()).toBe(broken);
    expect(new Set(await front.served())).toEqual(new Set(['blue']));
  });
});

describe('doctor --try-shift on a file of flagd', () => {
  it('leaves the flag, its shares and the flags beside it as they are', async () => {
    const file = await flagFile();
    try {
      expect((await flagdTarget(file.path).shift(earlier, soon())).outcome).toBe('done');
      const read = async (): Promise<unknown> => {
        const { flags } = JSON.parse(await file.text()) as { flags: Record<string, { metadata?: object }> };
        const metadata = { ...flags[FLAG]?.metadata, phasedRollback: undefined };
        return { ...flags, [FLAG]: { ...flags[FLAG], metadata } };
      };
      const stanza = { type: 'flagd', file: file.path, flag: FLAG };
      await expectHarmless({ stanza, share: 25, says: '25 %', read });
    } finally {
      await file.close();
    }
  });
});
