import { createAdapters } from '../../../src/adapters';
import type { ReadinessCheck } from '../../../src/ports';
import { CONTEXT, describeReadinessCheck } from '../../contract/readiness-check.contract';
import { testDependencies } from '../support/dependencies';
import { listen } from '../support/loopback';

type Config = { readonly type: string; readonly [key: string]: unknown };
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const nothing = (): Promise<void> => Promise.resolve();

function check(config: Config, secrets: Readonly<Record<string, string>> = {}): ReadinessCheck {
  return createAdapters(testDependencies(secrets)).check(config);
}

const program = (script: string, settings: object = {}): Config => ({
  type: 'exec',
  command: ['sh', '-c', script],
  ...settings,
});

describeReadinessCheck({
  name: 'probe',
  outcomes: ['pass', 'block', 'unknown'],
  async create(wanted) {
    const server = await listen((_request, response) => response.writeHead(wanted === 'pass' ? 200 : 500).end('ok'));
    if (wanted === 'unknown') await server.close();
    return { check: check({ type: 'probe', url: `${server.url}/health` }), close: server.close };
  },
});

describeReadinessCheck({
  name: 'schema',
  outcomes: ['pass', 'block'],
  async create(wanted) {
    const config = { type: 'schema', current: wanted === 'pass' ? 7 : 9, supported: { min: 5, max: 8 } };
    return { check: check(config), close: nothing };
  },
});

describeReadinessCheck({
  name: 'exec',
  outcomes: ['pass', 'block', 'unknown'],
  async create(wanted) {
    return { check: check(program(`exit ${{ pass: 0, block: 30, unknown: 3 }[wanted]}`)), close: nothing };
  },
});

describe('the probe', () => {
  it.each([
    [200, 'v41 is well', { contains: 'v41' }, 'pass'],
    [200, 'v42 is well', { contains: 'v41' }, 'block'],
    [204, '', { status: 204 }, 'pass'],
    [302, '', {}, 'block'],
  ])('answers status %i with %j under %j', async (status, body, settings, expected) => {
    let asked = 0;
    const server = await listen((_request, response) => {
      asked += 1;
      response.writeHead(status, { location: '/elsewhere' }).end(body);
    });
    const probe = check({ type: 'probe', url: `${server.url}/health?token=hidden`, ...settings });
    const result = await probe.run(CONTEXT, soon());
    await server.close();
    expect(result.status).toBe(expected);
    expect(JSON.stringify(result)).not.toContain('hidden');
    expect(asked).toBe(1);
  });

  it('does not find out anything from a page that never answers, and says so in time', async () => {
    const server = await listen(() => undefined);
    const result = await check({ type: 'probe', url: server.url }).run(CONTEXT, AbortSignal.timeout(200));
    await server.close();
    expect(result).toMatchObject({ status: 'unknown', evidence: expect.stringContaining('no answer in time') });
  });
});

describe('the schema check', () => {
  it.each([
    [5, 'pass'],
    [8, 'pass'],
    [4, 'block'],
    [9, 'block'],
  ])('with the schema at %i and 5 to 8 supported says %s, which nobody overrides', async (current, status) => {
    const result = await check({ type: 'schema', current, supported: { min: 5, max: 8 } }).run(CONTEXT, soon());
    expect(result).toMatchObject({ status, overridable: false, evidence: expect.stringContaining(String(current)) });
  });

  it('is not made of a range that holds nothing', () => {
    expect(() => check({ type: 'schema', current: 1, supported: { min: 2, max: 1 } })).toThrow(
      'min must not be above max',
    );
  });
});

describe('the exec check', () => {
  it('gives the program what is asked about', async () => {
    const script = `${process.execPath} -e 'const c=JSON.parse(require("fs").readFileSync(0));console.log(JSON.stringify({evidence:c.revision.to+" on "+c.targets}))'`;
    expect(await check(program(script)).run(CONTEXT, soon())).toMatchObject({
      status: 'pass',
      evidence: 'v41 on eu,us',
    });
  });

  it.each([
    ['echo \'{"status":"warn","evidence":"old","fix":"renew"}\'', { status: 'warn', evidence: 'old', fix: 'renew' }],
    ['echo \'{"status":"block"}\'', { status: 'unknown' }],
    ['echo yes', { status: 'unknown' }],
    ['echo \'{"status":"pass","evidence":"bad image"}\'; exit 30', { status: 'block', evidence: 'bad image' }],
    ['echo "no image $TOKEN" >&2; exit 30', { status: 'block', evidence: 'no image ***' }],
    ['kill -9 $$', { status: 'unknown' }],
    ['sleep 30', { status: 'unknown', evidence: 'it was stopped when the time ran out' }],
  ])('reads %j', async (script, expected) => {
    // What ends by itself has the time that it takes.
    const timeoutMs = script.startsWith('sleep') ? 500 : 4_000;
    const config = program(script, { secrets: { TOKEN: '${env:TOKEN}' }, timeoutMs });
    expect(await check(config, { '${env:TOKEN}': 'a-token' }).run(CONTEXT, soon())).toMatchObject(expected);
  });
});
