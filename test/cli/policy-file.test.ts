import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from './support/fake-cli';

const folder = mkdtempSync(join(tmpdir(), 'phased-rollback-cli-'));
const file = join(folder, 'policy.yaml');

beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

describe('init', () => {
  it('writes a file that is valid as it stands', async () => {
    expect((await say(['init', '--config', file])).exit).toBe(0);
    const checked = await say(['config', 'validate', '--config', file]);
    expect(checked).toMatchObject({ exit: 0, err: '' });
    expect(checked.out).toContain('no problems; in service: prod/checkout');
  });

  it('asks on a terminal, explains what cannot be, and writes what was answered', async () => {
    const types = ['Check out!', 'checkout-api', 'eu.example', 'https://eu.example/rollback', ''];
    const said = await say(['init', '--config', file], { terminal: true, types });
    expect(said.exit).toBe(0);
    expect(said.err).toContain('"Check out!" cannot be a name');
    expect(said.err).toContain('"eu.example" is no http or https address');
    const written = readFileSync(file, 'utf8');
    expect(written).toContain('checkout-api');
    expect(written).toContain('https://eu.example/rollback');
    expect((await say(['config', 'validate', '--config', file])).out).toContain('prod/checkout-api');
  });

  it('never overwrites', async () => {
    writeFileSync(file, 'mine');
    const said = await say(['init', '--config', file]);
    expect(said.exit).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('says what to do where it cannot write', async () => {
    const said = await say(['init', '--config', join(folder, 'no', 'such', 'folder.yaml')]);
    expect(said.exit).toBe(2);
    expect(said.err).toContain('cannot write');
  });
});

describe('config', () => {
  it('names every problem with its line, and ends with 2', async () => {
    await say(['init', '--config', file]);
    const wrong = readFileSync(file, 'utf8').replace('mode: ask', 'mode: aks').replace('objective:', 'objctive:');
    writeFileSync(file, wrong);
    const said = await say(['config', 'validate', '-c', file]);
    expect(said.exit).toBe(2);
    expect(said.err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/policy\.yaml:\d+: checkout: services\[0\]\.mode: /),
      expect.stringMatching(/policy\.yaml:\d+: checkout: services\[0\]\.metrics\[0\]\.objctive: .*objective/),
    ]);
    const json = await say(['config', 'validate', '-c', file, '-o', 'json']);
    expect((JSON.parse(json.out) as { problems: unknown[] }).problems).toHaveLength(2);
  });

  it('shows values with where they came from', async () => {
    await say(['init', '--config', file]);
    const said = await say(['config', 'show', '-c', file]);
    expect(said.exit).toBe(0);
    expect(said.out).toMatch(/prod\/checkout mode +ask +line \d+/);
    expect(said.out).toMatch(/prod\/checkout pace +balanced +default/);
  });

  it('prints a JSON Schema', async () => {
    const schema = JSON.parse((await say(['config', 'schema'])).out) as { properties: Record<string, unknown> };
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['apiVersion', 'services']));
  });

  it('says what to do where there is no file', async () => {
    const said = await say(['config', 'validate', '-c', file]);
    expect(said.exit).toBe(2);
    expect(said.err).toContain('phased-rollback init');
  });
});

describe('doctor', () => {
  it('names everything that is missing with its fix, and ends with 2', async () => {
    await say(['init', '--config', file]);
    const said = await say(['doctor', '-c', file, '--address', '127.0.0.1:1']);
    expect(said.exit).toBe(2);
    expect(said.out).toMatch(/✗ temporal server .*127\.0\.0\.1:1/);
    expect(said.out).toContain('✓ prod/checkout');
    expect(said.out).toMatch(/✗ target main .*\n +fix: /);
  });

  it('needs a policy file', async () => {
    const said = await say(['doctor', '-c', file, '--address', '127.0.0.1:1', '-o', 'json']);
    expect(JSON.parse(said.out)).toContainEqual(
      expect.objectContaining({ state: 'bad', what: 'policy file', fix: 'phased-rollback init' }),
    );
  });
});

describe('worker, demo and setup', () => {
  it.each([
    ['worker', '--sticky-timeout', 'soon'],
    ['gateway', '--port', '99999'],
    ['dev', '--ui-port', 'x'],
    ['setup', '--retention-days', '0'],
    ['demo', 'no-such-scenario'],
  ])('%s %s %s is a usage error before anything starts', async (...args) => {
    expect((await say(args)).exit).toBe(2);
  });

  it('the demo names its scenarios', async () => {
    expect((await say(['demo', '--list'])).out).toContain('not-helping');
  });
});
