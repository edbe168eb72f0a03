import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { weightOf } from '../../../src/domain/plan/census';
import { isScripted } from '../../../src/ports';
import { describeDeploymentTarget } from '../../contract/deployment-target.contract';
import { prepare, shift, soon } from '../../contract/target-requests';
import { NginxFront } from './support/nginx-front';

const inShell = promisify(execFile);

describeDeploymentTarget({
  name: 'nginx',
  async create() {
    const front = await NginxFront.make();
    let seen = (await front.served()).join();
    let changes = 0;
    // While there is such a file, a reload comes to nothing.
    const lost = join(front.dir, 'lost');
    const reload = [...front.command, '-s', 'reload'];
    return {
      target: front.target({ reload: ['/bin/sh', '-c', '[ -e "$0" ] || exec "$@"', lost, ...reload] }),
      name: 'eu',
      secrets: [],
      async misbehave(how) {
        front.misbehaviour = how;
        await (how === 'lagging' ? writeFile(lost, '') : rm(lost, { force: true }));
        if (how === 'gone') front.stop();
      },
      async changes() {
        const now = (await front.served()).join();
        if (now !== seen) changes += 1;
        seen = now;
        return changes;
      },
      // Each of a hundred users is served by where they were before.
      setting: () => front.served(),
      close: () => front.close(),
    };
  },
  skip: [
    { reason: 'a split is in percent', tests: ['units'] },
    {
      reason: 'it is asked before anything is changed; a reload that does not answer is shown on its own',
      tests: ['hang', 'unreadable', 'oversized'],
    },
    { reason: 'no secret is used, and a refusal is shown on its own', tests: ['refuse', 'telltale'] },
  ],
});

describe('the split of an NGINX', () => {
  let front: NginxFront;
  beforeEach(async () => {
    front = await NginxFront.make();
  });
  afterEach(() => front.close());

  const moved = async (number: number, expected: number, desired: number): Promise<readonly string[]> => {
    expect(await front.target().shift(shift({ number, expected, desired }), soon())).toMatchObject({ outcome: 'done' });
    return front.served();
  };
  const usersOf = (served: readonly string[], upstream: string): readonly number[] =>
    served.flatMap((got, user) => (got === upstream ? [user] : []));

  it('serves the new share by all its workers once it says done, and keeps every user who went back there', async () => {
    let before: readonly number[] = [];
    for (const [number, expected, desired] of [
      [2, 0, 10],
      [3, 10, 25],
      [4, 25, 60],
      [5, 60, 100],
    ] as const) {
      const now = usersOf(await moved(number, expected, desired), 'green');
      expect(now).toEqual(expect.arrayContaining([...before]));
      expect(now.length).toBeGreaterThan(before.length);
      before = now;
    }
    expect(before).toHaveLength(100);
  });

  it('leaves by hand, too, everything in the file as it is but the shares and the state', async () => {
    const map = 'map $nginx_version $checkout_state { default none; }';
    await front.write(
      (await front.text()).replace(map, '  map $hostname\n    $checkout_state { default none; } # ours'),
    );
    const target = front.target();
    if (!isScripted(target)) throw new Error('it tells no commands');
    const pair = { from: 'v42', to: 'v41' };
    const { begin, steps, show } = await target.script({ revision: pair, weights: [25] }, soon());
    const rest = async (): Promise<string> =>
      (await front.text()).replace(/split_clients[^}]*}/, '').replace(/default \w+/, 'default');
    const before = await rest();
    const ran = await inShell('sh', ['-eu', '-c', [...begin, ...(steps[0]?.lines ?? []), ...show].join('\n')]);
    expect(ran.stdout).toContain('25%  green');
    expect(await rest()).toBe(before);
    expect(weightOf(await target.observe(soon()), 'v41')).toBe(25);
  });

  it('unwinds to exactly where everybody was', async () => {
    const start = await front.served();
    const quarter = await moved(2, 0, 25);
    await moved(3, 25, 100);
    expect(await moved(4, 100, 25)).toEqual(quarter);
    expect(await moved(5, 25, 0)).toEqual(start);
  });

  it('keeps the order of the two upstreams for the next rollback, which goes the other way', async () => {
    await moved(2, 0, 25);
    await moved(3, 25, 100);
    await front.write((await front.text()).replace('revision.blue: v42', 'revision.blue: v43'));
    const onward = { rollback: 'rollback/prod/checkout/2', revision: { from: 'v41', to: 'v43' } };
    const way = (number: number, expected: number, desired: number) => shift({ ...onward, number, expected, desired });
    expect((await front.target().shift(way(12, 0, 60), soon())).outcome).toBe('done');
    const sixty = usersOf(await front.served(), 'blue');
    expect((await front.target().shift(way(13, 60, 100), soon())).outcome).toBe('done');
    expect((await front.target().shift(way(14, 100, 60), soon())).outcome).toBe('done');
    expect(usersOf(await front.served(), 'blue')).toEqual(sixty);
  });

  it('refuses in the words of NGINX what it does not take, and puts the file back', async () => {
    const before = await front.text();
    const broken = join(front.dir, 'nginx.conf');
    await writeFile(broken, 'nonsense;');
    const result = await front.target().shift(shift(), soon());
    expect(result).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('unknown directive') });
    expect(await front.text()).toBe(before);
    expect(await front.target().check({ from: 'v42', to: 'v41' }, soon())).toMatchObject({ ok: false });
  });

  it('puts the file back where the reload fails, and says to try again', async () => {
    const before = await front.text();
    const target = front.target({ reload: ['/bin/false'] });
    await expect(target.shift(shift(), soon())).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', retryable: true });
    expect(await front.text()).toBe(before);
  });

  it('calls a reload that was lost unknown, tells nothing of what is not served, and makes it when asked again', async () => {
    const lost = await front.target({ reload: ['/bin/true'] }).shift(shift(), soon());
    expect(lost).toMatchObject({ outcome: 'unknown', detail: expect.stringContaining('NGINX answers none') });
    expect(usersOf(await front.served(), 'green')).toEqual([]);
    await expect(front.target().observe(soon())).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('reload it'),
    });
    const again = await front.target().shift(shift(), soon());
    expect(again.outcome).toBe('alreadyInState');
    expect(usersOf(await front.served(), 'green').length).toBeGreaterThan(0);
  });

  it('ends soon after its signal where the reload hangs, and calls the effect unknown', async () => {
    const begun = join(front.dir, 'begun');
    const over = new AbortController();
    const reload = ['/bin/sh', '-c', `: > ${begun}; exec sleep 60`];
    const hung = front.target({ reload }).shift(shift(), over.signal);
    for (const deadline = Date.now() + 20_000; !existsSync(begun) && Date.now() < deadline;) await pause(20);
    over.abort();
    expect((await hung).outcome).toBe('unknown');
  });

  it('leaves alone what a person changed meanwhile', async () => {
    await moved(2, 0, 25);
    await front.write((await front.text()).replace('25%', '40%'));
    const result = await front.target().shift(shift({ number: 3, expected: 25, desired: 50 }), soon());
    expect(result).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('40 %') });
    expect(await front.text()).toContain('40%');
  });

  it('counts what is up by asking every server, and where none is refuses to prepare and to give it a share', async () => {
    front.take('green', false);
    const { revisions } = await front.target().observe(soon());
    expect(revisions).toEqual([
      { revision: 'v42', weight: 100, readyCapacity: 100, readyInstances: 1, knownAs: ['blue'] },
      { revision: 'v41', weight: 0, readyCapacity: 0, readyInstances: 0, knownAs: ['green'] },
    ]);
    const refused = await front.target().prepare(prepare(), soon());
    expect(refused).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('start them') });
    const before = await front.text();
    const share = await front.target().shift(shift(), soon());
    expect(share).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('no server of green is up') });
    expect(await front.text()).toBe(before);
  });

  it.each([
    ['no split', 'map $nginx_version $checkout_state { default none; }', 'keep exactly one'],
    ['a third upstream', 'split_clients $arg_user $checkout { 10% red; * blue; }', 'is no share of blue or green'],
    ['no rest', 'split_clients $arg_user $checkout { 10% green; }', 'end with "*"'],
    ['no state', 'split_clients $arg_user $checkout { * blue; }', '$checkout_state { default none; }'],
  ])('names the way out of a file with %s, and never writes it', async (_name, text, way) => {
    const whole = way.startsWith('$') || text.startsWith('map') ? text : `${text}\n${STATE}`;
    await writeFile(front.file, whole);
    const problem = { code: 'TARGET_MISCONFIGURED', message: expect.stringContaining(way) };
    await expect(front.target().observe(soon())).rejects.toMatchObject(problem);
    await expect(front.target().shift(shift(), soon())).rejects.toMatchObject(problem);
    expect(await front.text()).toBe(whole);
  });
});

const STATE = 'map $nginx_version $checkout_state { default none; }\n';
