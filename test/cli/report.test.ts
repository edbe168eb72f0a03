import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import { buildReport } from '../../src/domain/report';
import { rollbackId } from '../../src/domain/rollback';
import type { RunState } from '../../src/domain/rollback';
import { TemporalSetupError } from '../../src/temporal';
import { lifeOf, patientApprover } from '../domain/report/support/life';
import { movingView, NOW } from '../domain/report/support/views';
import { request } from '../domain/rollback/support/fixtures';
import { FakeDoor, say } from './support/fake-cli';

const folder = mkdtempSync(join(tmpdir(), 'phased-rollback-report-'));
const config = join(folder, 'policy.yaml');
const archiveFolder = join(folder, 'reports');
const STATE = lifeOf(request('ask'), patientApprover);
const MODEL = buildReport(STATE, STATE.end!, NOW);
const UNREACHABLE = new TemporalSetupError('ADDRESS_UNREACHABLE', 'nobody there');

beforeAll(async () => {
  mkdirSync(archiveFolder);
  await say(['init', '--config', config]);
  writeFileSync(config, `${readFileSync(config, 'utf8')}    archive: { type: directory, path: ${archiveFolder} }\n`);
  const adapters = createAdapters({ resolveSecret: () => '', log: { info: () => undefined }, now: () => NOW });
  const archive = adapters.archive({ type: 'directory', path: archiveFolder });
  await archive.store(rollbackId(STATE.request), { 'report.json': JSON.stringify(MODEL) }, AbortSignal.timeout(5_000));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('report', () => {
  it('comes from the archive, also while Temporal is out of reach', async () => {
    const said = await say(['report', 'prod/checkout/1', '-c', config], { fails: UNREACHABLE });
    expect(said).toMatchObject({ exit: 0, err: '' });
    expect(said.out).toContain('# Rollback prod/checkout/1: succeeded');
  });

  it.each([
    ['md', '# Rollback'],
    ['html', '<!doctype html>'],
    ['json', '{'],
  ])('is written as %s', async (format, start) => {
    const said = await say(['report', 'prod/checkout/1', '-c', config, '--format', format]);
    expect(said.out.startsWith(start)).toBe(true);
  });

  it('is saved in the form that the name of the file asks for', async () => {
    const out = join(folder, 'out.html');
    const said = await say(['report', 'prod/checkout/1', '-c', config, '--out', out]);
    expect(said).toMatchObject({ exit: 0, out: '' });
    expect(readFileSync(out, 'utf8')).toContain('</html>');
  });

  it('is told from the history where nothing is archived', async () => {
    const door = new FakeDoor();
    door.state = async () => STATE;
    const said = await say(['report', 'prod/checkout/7'], { door });
    expect(said.out).toContain('succeeded');
  });

  it('does not exist before the end', async () => {
    const door = new FakeDoor();
    const running: RunState = { ...STATE, end: undefined };
    door.state = async () => running;
    const said = await say(['report', 'prod/checkout'], { door });
    expect(said).toMatchObject({ exit: 3, out: '' });
  });

  it('of a rollback that left nothing says where it looked', async () => {
    const door = new FakeDoor();
    door.snapshots = [{ kind: 'notFound' }];
    const said = await say(['report', 'prod/checkout/9', '-c', config], { door });
    expect(said.exit).toBe(1);
    expect(said.err).toContain('neither in Temporal nor in the archive');
  });
});

describe('status of a rollback that Temporal cannot tell of', () => {
  it.each([
    ['has forgotten', { kind: 'notFound' } as const],
    ['cannot ask', { kind: 'described', described: { ...STATE.request, condition: 'closed' } } as const],
  ])('which it %s comes from the archive', async (_, snapshot) => {
    const door = new FakeDoor();
    door.snapshots = [snapshot];
    const said = await say(['status', 'prod/checkout/1', '-c', config], { door });
    expect(said.exit).toBe(0);
    expect(said.out).toContain('SUCCEEDED');
  });

  it('comes from the archive while Temporal is out of reach, if it is there', async () => {
    expect((await say(['status', 'prod/checkout/1', '-c', config], { fails: UNREACHABLE })).exit).toBe(0);
    expect((await say(['status', 'prod/checkout/2', '-c', config], { fails: UNREACHABLE })).exit).toBe(5);
  });

  it('comes from itself while it lives', async () => {
    const door = new FakeDoor();
    door.snapshots = [{ kind: 'live', view: movingView({ number: 1 }) }];
    expect((await say(['status', 'prod/checkout/1', '-c', config], { door })).out).toContain('WATCHING');
  });
});
