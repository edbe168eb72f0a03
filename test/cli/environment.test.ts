import { consultAll } from '../../src/domain/environment/consult';
import { openEnvironment } from '../../src/domain/environment/state';
import { environmentView } from '../../src/domain/environment/view';
import { hearWord } from '../../src/domain/environment/word';
import { openService } from '../../src/domain/service/state';
import { serviceView } from '../../src/domain/service/view';
import { NOW } from '../domain/report/support/views';
import { FakeDoor, say } from './support/fake-cli';

const HOUR_MS = 3_600_000;

/** prod with a brake, a rollback under way, and three services that alert. */
function busy() {
  const word = { kind: 'automation', id: 'c1', to: 'ask', by: 'ada', at: NOW, until: NOW + HOUR_MS } as const;
  const limits = { automaticAtOnce: 2, commonCause: { services: 3, withinMs: 300_000 } };
  const alerting = (service: string) => ({ kind: 'alerting' as const, service, title: `${service} fails` });
  const moving = consultAll(openEnvironment('prod'), limits, [{ kind: 'begin', service: 'cart', number: 7 }], NOW);
  const { state } = consultAll(moving.state, limits, ['cart', 'search', 'auth'].map(alerting), NOW);
  return environmentView(hearWord(state, { ...word, reason: 'a load test' }, NOW), NOW);
}

function doorOf(view = busy()): FakeDoor {
  const door = new FakeDoor();
  door.environmentSeen = view;
  return door;
}

describe('automation', () => {
  it('alone shows the switch, by whom, until when and why, what moves by itself, and who alerts', async () => {
    const { out, exit } = await say(['automation'], { door: doorOf() });
    expect(exit).toBe(0);
    expect(out).toMatch(/^ada has set automation in prod to ask until .*: a load test\n/);
    expect(out).toMatch(/COMMON_CAUSE since .* nothing begins by itself/);
    expect(out).toMatch(/automatic 1 of 2 under way\n +prod\/cart\/7/);
    expect(out).toMatch(/alerting {2}3 services within 5 min\n +cart {2}cart fails/);
    expect((await say(['automation'], { door: new FakeDoor() })).out).toMatch(/^automation in prod is on\n/);
  });

  it.each(['off', 'ask'])('%s goes to the environment with its end and its reason', async (to) => {
    const door = new FakeDoor();
    const line = ['automation', to, '--environment', 'staging', '--for', '2h', '--reason', 'load test'];
    expect(await say(line, { door })).toMatchObject({ exit: 0, out: 'staging: done\n' });
    const command = { kind: 'automation', to, until: NOW + 2 * HOUR_MS, by: 'ada', reason: 'load test' };
    expect(door.told).toEqual([{ to: 'staging', command: expect.objectContaining(command) as unknown }]);
  });

  it('on has no end', async () => {
    const door = new FakeDoor();
    expect((await say(['automation', 'on', '--reason', 'done'], { door })).exit).toBe(0);
    expect(door.told[0]?.command).not.toHaveProperty('until');
  });

  it.each([
    { line: 'automation off --for 2h', says: '--reason' },
    { line: 'automation off --reason x', says: 'needs --for' },
    { line: 'automation off --reason x --for soon', says: '--for soon' },
    { line: 'automation on --reason x --for 2h', says: 'does not go with on' },
    { line: 'automation maybe', says: 'off, ask, on' },
    { line: 'automation --environment Prod', says: '--environment Prod' },
    { line: 'pause', says: '--all' },
    { line: 'pause --all', says: '--reason' },
    { line: 'pause prod/checkout --all --reason x', says: 'does not go with prod/checkout' },
  ])('$line is wrong usage and says the way out', async ({ line, says }) => {
    const door = new FakeDoor();
    const { exit, err } = await say(line.split(' '), { door });
    expect([exit, door.told]).toEqual([2, []]);
    expect(err).toContain(says);
  });

  it('says that nobody answers, and the way out', async () => {
    const door = new FakeDoor();
    door.environmentSeen = undefined;
    expect(await say(['automation'], { door })).toMatchObject({ exit: 5, err: expect.stringContaining('doctor') });
  });

  it.each([
    ['status', 'prod/checkout'],
    ['list', 'prod'],
  ])('is told of by %s while it is not on', async (...line) => {
    const { err } = await say(line, { door: doorOf() });
    expect(err).toContain('ada has set automation in prod to ask until');
    expect(err).toContain('COMMON_CAUSE: 3 services of prod alert together');
    expect((await say(line, { door: new FakeDoor() })).err).toBe('');
  });
});

describe('pause --all', () => {
  const ref = { environment: 'prod', service: 'cart', number: 7 };

  it('says of each rollback what came of it, and how to keep new ones from beginning', async () => {
    const door = new FakeDoor();
    door.pausedAll = {
      rollbacks: [
        { ...ref, answer: { kind: 'applied', text: 'paused by ada' } },
        { ...ref, number: 8, answer: { kind: 'refused', code: 'ALREADY_PAUSED', text: 'paused by bob already' } },
      ],
    };
    const { exit, out, err } = await say(['pause', '--all', '--reason', 'database down'], { door });
    expect(exit).toBe(0);
    expect(out).toMatch(/prod\/cart\/7 +applied +paused by ada\nprod\/cart\/8 +ALREADY_PAUSED/);
    expect(err).toContain('automation off --environment prod');
    expect(door.told).toMatchObject([{ to: 'prod', command: { kind: 'pause', by: 'ada', reason: 'database down' } }]);
  });

  it.each([
    { kind: 'recorded' as const, exit: 3 },
    { kind: 'refused' as const, code: 'ABORTING', text: 'an abort is final', exit: 1 },
  ])('ends with $exit where one was $kind', async ({ exit, ...answer }) => {
    const door = new FakeDoor();
    door.pausedAll = { rollbacks: [{ ...ref, answer }], listedOnly: true };
    const said = await say(['pause', '--all', '--reason', 'x'], { door });
    expect(said.exit).toBe(exit);
    expect(said.err).toContain('say it again in some seconds');
  });
});

describe('a service whose alert started nothing', () => {
  it('says so where its status is asked for', async () => {
    const door = new FakeDoor();
    door.last = undefined;
    const seen = { identity: 'i', title: 'checkout fails', severity: 'critical', status: 'firing' } as const;
    const alerts = [{ ...seen, count: 1, firstAt: NOW, lastAt: NOW, outcome: 'COMMON_CAUSE' as const }];
    door.serviceSeen = serviceView({ ...openService('prod', 'checkout'), alerts }, undefined, NOW);
    const { exit, err } = await say(['status', 'prod/checkout'], { door });
    expect(exit).toBe(1);
    expect(err).toContain('Its last alert, "checkout fails", started none: COMMON_CAUSE.');
  });
});
