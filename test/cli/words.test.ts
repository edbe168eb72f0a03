import { TemporalSetupError } from '../../src/temporal';
import { movingView, waitingView } from '../domain/report/support/views';
import { plan } from '../domain/rollback/support/fixtures';
import { FakeDoor, say } from './support/fake-cli';

function doorAtGate(): FakeDoor {
  const door = new FakeDoor();
  const approve = { command: 'approve', consequence: 'goes on', needs: 'approver', recommended: true } as const;
  const view = waitingView({
    id: 'gate-1-1',
    for: 'approval',
    reason: 'GATE',
    text: 'Phase 2 needs an approval',
    options: [approve],
  });
  door.snapshots = [{ kind: 'live', view }];
  return door;
}

describe('words to a rollback', () => {
  it.each(['pause', 'resume', 'abort', 'unwind'])(
    '%s goes to the live rollback with who, when and why',
    async (kind) => {
      const door = new FakeDoor();
      const said = await say([kind, 'prod/checkout', '--reason', 'as agreed', '--by', 'bob'], { door });
      expect(said).toMatchObject({ exit: 0, out: 'prod/checkout/7: done\n', err: '' });
      expect(door.told).toEqual([
        {
          to: 'prod/checkout/7',
          command: expect.objectContaining({ kind, id: 'id-1', by: 'bob', reason: 'as agreed' }) as unknown,
        },
      ]);
      expect(door.closed).toBe(1);
    },
  );

  it('halt is another word for pause', async () => {
    const door = new FakeDoor();
    await say(['halt', 'prod/checkout/3'], { door });
    expect(door.told).toEqual([
      { to: 'prod/checkout/3', command: expect.objectContaining({ kind: 'pause', by: 'ada' }) as unknown },
    ]);
  });

  it('an id that is given makes a repeat harmless', async () => {
    const door = new FakeDoor();
    await say(['abort', 'prod/checkout', '--id', 'build-12'], { door });
    expect(door.told[0]?.command.id).toBe('build-12');
  });

  it('replan needs one of the paces, or labels', async () => {
    const door = new FakeDoor();
    expect((await say(['replan', 'prod/checkout'], { door })).exit).toBe(2);
    expect((await say(['replan', 'prod/checkout', '--pace', 'fast'], { door })).exit).toBe(2);
    expect((await say(['replan', 'prod/checkout', '--pace', 'express'], { door })).exit).toBe(0);
    expect(door.told[0]?.command).toMatchObject({ kind: 'replan', pace: 'express' });
    expect((await say(['replan', 'prod/checkout', '--select', 'region=eu'], { door })).exit).toBe(0);
    expect(door.told[1]?.command).toMatchObject({ kind: 'replan', extent: { region: 'eu' } });
    expect((await say(['replan', 'prod/checkout', '--everything'], { door })).exit).toBe(0);
    expect(door.told[2]?.command).toMatchObject({ kind: 'replan', extent: {} });
    expect((await say(['replan', 'prod/checkout', '--everything', '--select', 'region=eu'], { door })).exit).toBe(2);
    expect(door.told[1]?.command).not.toHaveProperty('pace');
  });

  it('a refusal is an error with its code and exit code 1', async () => {
    const door = new FakeDoor();
    door.answer = { kind: 'refused', code: 'WAIT_IS_OVER', text: 'w1 is over' };
    const said = await say(['retry', 'prod/checkout', '--wait', 'w1'], { door });
    expect(said).toMatchObject({
      exit: 1,
      out: '',
      err: 'error: prod/checkout/7 refused retry (WAIT_IS_OVER): w1 is over\n',
    });
  });

  it('what is recorded but not answered is neither yes nor no: exit code 3', async () => {
    const door = new FakeDoor();
    door.answer = { kind: 'recorded', because: 'no worker is alive; it is read when one runs' };
    const said = await say(['pause', 'prod/checkout'], { door });
    expect(said.exit).toBe(3);
    expect(said.err).toContain('pause is recorded, not yet seen: no worker is alive; it is read when one runs');
  });

  it('answers as JSON on stdout alone, also a refusal', async () => {
    const door = new FakeDoor();
    door.answer = { kind: 'refused', code: 'ENDED', text: 'it has ended' };
    const said = await say(['abort', 'prod/checkout', '-o', 'json'], { door });
    expect(said.err).toBe('');
    expect(JSON.parse(said.out)).toEqual({
      about: 'prod/checkout/7',
      command: 'abort',
      id: 'id-1',
      result: 'refused',
      code: 'ENDED',
      text: 'it has ended',
    });
  });
});

describe('answers to a wait', () => {
  it('go out with the wait that was named', async () => {
    const door = doorAtGate();
    const said = await say(['approve', 'prod/checkout', '--wait', 'gate-1-1'], { door });
    expect(said.exit).toBe(0);
    expect(door.told[0]?.command).toMatchObject({ kind: 'approve', waitId: 'gate-1-1' });
  });

  it.each([true, false])(
    'without one nothing is said, and the line to type is shown (terminal: %s)',
    async (terminal) => {
      const door = doorAtGate();
      const said = await say(['approve', 'prod/checkout'], { door, terminal, env: { USER: 'ada', NO_COLOR: '1' } });
      expect(said).toMatchObject({ exit: 2, out: '' });
      expect(said.err).toContain('Phase 2 needs an approval');
      expect(said.err.trimEnd().split('\n').at(-1)).toBe('  phased-rollback approve prod/checkout/7 --wait gate-1-1');
      expect(door.told).toEqual([]);
    },
  );

  it('say what is possible when the word does not answer the wait', async () => {
    const said = await say(['skip', 'prod/checkout'], { door: doorAtGate() });
    expect(said.exit).toBe(2);
    expect(said.err).toContain('waits for an approval (gate-1-1), which skip does not answer; possible: approve');
  });

  it('say that there is nothing to answer', async () => {
    const said = await say(['approve', 'prod/checkout']);
    expect(said.err).toContain('waits for nothing now');
  });

  it('carry the target that is meant', async () => {
    const door = new FakeDoor();
    await say(['adopt', 'prod/checkout', '--wait', 'w2', '--target', 'eu'], { door });
    expect(door.told[0]?.command).toMatchObject({ kind: 'adopt', waitId: 'w2', target: 'eu' });
  });
});

describe('words to a service', () => {
  it('start names revisions, cause, pace and extent', async () => {
    const door = new FakeDoor();
    const args = ['start', 'prod/checkout', '--from', 'v42', '--to', 'v41', '--cause', 'latency', '--pace', 'surgical'];
    const said = await say([...args, '--select', 'region=eu', '--select', 'tier=1'], { door });
    expect(said.exit).toBe(0);
    expect(door.told[0]).toMatchObject({
      to: 'prod/checkout',
      command: {
        kind: 'start',
        fromRevision: 'v42',
        toRevision: 'v41',
        cause: 'latency',
        pace: 'surgical',
        extent: { region: 'eu', tier: '1' },
      },
    });
  });

  it('plan shows phases and doubtful checks, sends only what was wished for, and starts nothing', async () => {
    const door = new FakeDoor();
    const check = { check: 'ready capacity', target: 'eu', overridable: true };
    door.previewed = {
      kind: 'plan',
      plan: plan(),
      checks: [
        { ...check, status: 'pass', evidence: 'ready' },
        { ...check, status: 'warn', evidence: 'v41 is ready for 0 %', fix: 'it is started first' },
      ],
    };
    const said = await say(['plan', 'prod/checkout', '--pace', 'express'], { door });
    expect(said.exit).toBe(0);
    expect(door.wishes).toEqual([{ cause: 'errors', pace: 'express' }]);
    expect(said.out).toContain('eu 25 %');
    expect(said.out).toContain('1 of 2 checks pass; the others:');
    expect(said.out).toContain('warn    ready capacity (eu): v41 is ready for 0 % → it is started first');
    expect(door.told).toEqual([]);
  });

  it('plan proposes the smaller extent that would do, with the line to type', async () => {
    const door = new FakeDoor();
    const narrower = { select: { region: 'eu west' }, leaves: ['us'], because: 'us keeps the objective' };
    door.previewed = { kind: 'plan', plan: { ...plan(), narrower }, checks: [] };
    const said = await say(['plan', 'prod/checkout'], { door });
    expect(said.out).toContain('less        would do: region=eu west without us: us keeps the objective');
    expect(said.out).toContain("phased-rollback start prod/checkout --select 'region=eu west'");
  });

  it('plan says why there is none, with exit code 1', async () => {
    const said = await say(['plan', 'prod/checkout'], { door: new FakeDoor() });
    expect(said).toMatchObject({ exit: 1, err: expect.stringContaining('NO_RELEASE_KNOWN') as string });
  });

  it('now goes to the service, which starts one where none is live', async () => {
    const door = new FakeDoor();
    door.last = undefined;
    expect((await say(['now', 'prod/checkout', '--cold'], { door })).exit).toBe(0);
    expect(door.told).toEqual([
      { to: 'prod/checkout', command: expect.objectContaining({ kind: 'now', cold: true }) as unknown },
    ]);
  });

  it('now of one rollback that is over starts no other', async () => {
    const door = new FakeDoor();
    const end = { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED', text: 'all back' } as const;
    door.snapshots = [{ kind: 'live', view: movingView({ end }) }];
    const said = await say(['now', 'prod/checkout/7'], { door });
    expect(said.exit).toBe(1);
    expect(door.told).toEqual([]);
  });

  it('a release in the past is imported, one of now is recorded', async () => {
    const door = new FakeDoor();
    await say(['release', 'prod/checkout', 'v42', '--schema', '3-5', '--change', 'abc123'], { door });
    await say(
      ['release', 'prod/checkout', 'v41', '--from', '2026-11-20T00:00:00Z', '--to', '2026-11-21T00:00:00+01:00'],
      { door },
    );
    expect(door.told.map(({ command }) => command)).toMatchObject([
      {
        kind: 'release',
        releases: [{ revision: 'v42', source: 'recorded', schema: { min: 3, max: 5 }, change: 'abc123' }],
      },
      {
        kind: 'release',
        releases: [
          { revision: 'v41', source: 'imported', from: Date.UTC(2026, 10, 20), to: Date.UTC(2026, 10, 20, 23) },
        ],
      },
    ]);
  });

  it.each([
    ['--from', 'yesterday'],
    ['--from', '2026-11-20T00:00:00'],
    ['--from', '2126-11-20T00:00:00Z'],
    ['--to', '2020-11-20T00:00:00Z'],
    ['--schema', '5-3'],
    ['--irreversible-since', '2026-11-23T02:40:00Z'],
    ['--schema', 'three'],
  ])('a release with %s %s is a usage error', async (option, value) => {
    const door = new FakeDoor();
    const said = await say(['release', 'prod/checkout', 'v42', option, value], { door });
    expect(said.exit).toBe(2);
    expect(door.told).toEqual([]);
  });

  it('a freeze ends by itself', async () => {
    const door = new FakeDoor();
    await say(['freeze', 'prod/checkout', '--for', '2h'], { door });
    const [{ command } = { command: undefined }] = door.told;
    expect(command).toMatchObject({ kind: 'freeze', until: (command?.at ?? 0) + 7_200_000 });
    expect((await say(['freeze', 'prod/checkout', '--for', 'long'], { door })).exit).toBe(2);
  });

  it('thaw ends a freeze', async () => {
    const door = new FakeDoor();
    await say(['thaw', 'prod/checkout'], { door });
    expect(door.told[0]?.command).toMatchObject({ kind: 'thaw' });
  });
});

describe('the gate', () => {
  it.each([
    ['allowed', { allowed: true } as const, 0],
    [
      'refused',
      { allowed: false, by: 'ada', because: 'frozen', override: 'thaw', until: Date.UTC(2026, 10, 23) } as const,
      1,
    ],
    ['nobody could say', { allowed: 'unknown', because: 'no worker' } as const, 5],
  ])('%s', async (_, answer, exit) => {
    const door = new FakeDoor();
    door.gateAnswer = answer;
    expect((await say(['gate', 'prod/checkout', 'v42'], { door })).exit).toBe(exit);
    const json = await say(['gate', 'prod/checkout', 'v42', '-o', 'json'], { door });
    expect(JSON.parse(json.out)).toEqual({ service: 'prod/checkout', revision: 'v42', ...answer });
  });

  it('says who refuses, until when, and how to go past it', async () => {
    const door = new FakeDoor();
    door.gateAnswer = {
      allowed: false,
      by: 'ada',
      because: 'deployments are frozen',
      override: 'thaw',
      until: Date.UTC(2026, 10, 23),
    };
    const said = await say(['gate', 'prod/checkout', 'v42'], { door });
    expect(said.err).toContain('(ada, until 2026-11-23T00:00:00Z): deployments are frozen. To go past it: thaw');
  });

  it.each([new Error('broken'), new TemporalSetupError('SEARCH_ATTRIBUTES_MISSING', 'not set up')])(
    'is 5, never a "no", when it fails: %s',
    async (fails) => {
      expect((await say(['gate', 'prod/checkout', 'v42'], { fails })).exit).toBe(5);
    },
  );

  it('is 2 for a wrong name', async () => {
    expect((await say(['gate', 'checkout', 'v42'])).exit).toBe(2);
  });
});
