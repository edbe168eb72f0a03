import type { StatusView } from '../../src/domain/rollback/status-view';
import { movingView, waitingView } from '../domain/report/support/views';
import { FakeDoor, say } from './support/fake-cli';

const ESCAPE = '\u001b';

function ended(kind: 'succeeded' | 'partial' | 'dismissed' | 'aborted' | 'failed'): StatusView {
  return movingView({ stage: 'ended', doing: kind.toUpperCase(), end: { kind, reason: 'X', text: 'x' } });
}

function showing(...views: readonly StatusView[]): FakeDoor {
  const door = new FakeDoor();
  door.snapshots = views.map((view) => ({ kind: 'live', view }));
  return door;
}

const WAITING = waitingView({ id: 'w1', for: 'verdict', reason: 'HALT', text: 'it does not help', options: [] });

describe('status', () => {
  it.each([
    ['it moves', movingView(), 0],
    ['it waits', WAITING, 3],
    ['it succeeded', ended('succeeded'), 0],
    ['it was dismissed', ended('dismissed'), 0],
    ['it ended partly', ended('partial'), 1],
    ['it failed', ended('failed'), 1],
    ['it was aborted', ended('aborted'), 4],
  ])('tells a pipeline that %s', async (_, view, exit) => {
    const said = await say(['status', 'prod/checkout'], { door: showing(view) });
    expect(said.exit).toBe(exit);
    expect(said.out).toContain('prod/checkout');
  });

  it('prints the snapshot as JSON', async () => {
    const said = await say(['status', 'prod/checkout', '-o', 'json'], { door: showing(WAITING) });
    expect(JSON.parse(said.out)).toEqual(JSON.parse(JSON.stringify({ kind: 'live', view: WAITING })));
  });

  it('of a rollback without a worker shows what was last known, with 5', async () => {
    const door = new FakeDoor();
    const described = { environment: 'prod', service: 'checkout', number: 7, condition: 'noWorker' } as const;
    door.snapshots = [{ kind: 'described', described }];
    const said = await say(['status', 'prod/checkout'], { door });
    expect(said.exit).toBe(5);
    expect(said.out).toContain('NO WORKER ALIVE');
  });

  it('of a rollback that never was says where to look', async () => {
    const door = new FakeDoor();
    door.snapshots = [{ kind: 'notFound' }];
    const said = await say(['status', 'prod/checkout/99'], { door });
    expect(said).toMatchObject({ exit: 1, out: '' });
    expect(said.err).toContain('phased-rollback list prod/checkout');
  });

  it('of a service without any says how to start one', async () => {
    const door = new FakeDoor();
    door.last = undefined;
    const said = await say(['status', 'prod/checkout'], { door });
    expect(said.exit).toBe(1);
    expect(said.err).toContain('phased-rollback start prod/checkout');
  });
});

describe('status --watch', () => {
  const views = [movingView(), movingView({ asOf: 5, failing: undefined }), WAITING, WAITING, ended('aborted')];

  it('prints each change once in a pipe and ends with the rollback', async () => {
    const said = await say(['status', 'prod/checkout', '--watch'], { door: showing(...views) });
    expect(said.exit).toBe(4);
    expect(said.out.match(/^prod\/checkout/gm)).toHaveLength(3);
    expect(said.out).not.toContain(ESCAPE);
    expect(said.sleeps).toBe(4);
  });

  it('redraws in place on a terminal', async () => {
    const said = await say(['status', 'prod/checkout', '--watch'], { door: showing(...views), terminal: true });
    expect(said.exit).toBe(4);
    const [first = '', ...redrawn] = said.out.split(new RegExp(`(?=${ESCAPE}\\[\\d+A)`));
    expect(redrawn).toHaveLength(4);
    const lines = first.trimEnd().split('\n').length;
    expect(redrawn[0]?.startsWith(`${ESCAPE}[${lines}A${ESCAPE}[0J`)).toBe(true);
  });

  it('writes one JSON value a line', async () => {
    const said = await say(['status', 'prod/checkout', '--watch', '-o', 'json'], { door: showing(...views) });
    const kinds = said.out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toEqual(['live', 'live', 'live']);
  });

  it('goes on while no worker answers', async () => {
    const door = showing(movingView());
    const described = { environment: 'prod', service: 'checkout', number: 7, condition: 'noWorker' } as const;
    door.snapshots = [
      { kind: 'described', described },
      { kind: 'live', view: ended('succeeded') },
    ];
    const said = await say(['status', 'prod/checkout', '--watch'], { door });
    expect(said.exit).toBe(0);
    expect(said.out).toContain('NO WORKER ALIVE');
  });

  it('follows a start to its end', async () => {
    const said = await say(['start', 'prod/checkout', '--watch'], { door: showing(movingView(), ended('succeeded')) });
    expect(said.exit).toBe(0);
    expect(said.out).toContain('SUCCEEDED');
  });
});

describe('list', () => {
  const one = {
    environment: 'prod',
    service: 'checkout',
    number: 7,
    stage: 'moving',
    startedAt: Date.UTC(2026, 10, 23),
  };

  it('shows an aligned table, and only live ones where asked', async () => {
    const door = new FakeDoor();
    door.listed = [one, { ...one, number: 6, stage: 'ended', reason: 'ABORTED', endedAt: one.startedAt + 90_000 }];
    const all = await say(['list', 'prod/checkout'], { door });
    expect(all.out.split('\n').slice(0, 3)).toEqual([
      'ROLLBACK         STAGE   REASON   STARTED               TOOK',
      'prod/checkout/7  moving           2026-11-23T00:00:00Z  3 h 6 min',
      'prod/checkout/6  ended   ABORTED  2026-11-23T00:00:00Z  90 s',
    ]);
    expect((await say(['list', '--live'], { door })).out).not.toContain('checkout/6');
  });

  it.each([
    ['list', "prod' OR 1=1"],
    ['list', 'prod/checkout/7'],
    ['list', '--limit', '0'],
    ['list', '--limit', 'many'],
  ])('refuses %s %s', async (...args) => {
    expect((await say(args)).exit).toBe(2);
  });
});
