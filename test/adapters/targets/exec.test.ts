import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createAdapters } from '../../../src/adapters';
import type { DeploymentTarget } from '../../../src/ports';
import { testDependencies } from '../support/dependencies';

const EFFECT = {
  rollback: 'rollback/prod/checkout/1',
  target: 'eu',
  revision: { from: 'v42', to: 'v41' },
  fence: { epoch: 1_795_400_905_000, number: 3 },
};
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exec-'));
});
afterEach(() => rm(folder, { recursive: true }));

function program(script: string, settings: object = {}, dependencies = testDependencies()): DeploymentTarget {
  const command = ['sh', '-c', script, 'sh', folder];
  return createAdapters(dependencies).target({
    name: 'eu',
    labels: {},
    adapter: { type: 'exec', command, ...settings },
  });
}

describe('the exec target', () => {
  it('hands arguments over as they are, without a shell that reads them', async () => {
    const command = [
      process.execPath,
      '-e',
      'console.log(JSON.stringify({status:"done",detail:process.argv[1]}))',
      '$(id); `id` "&',
    ];
    const target = createAdapters(testDependencies()).target({
      name: 'eu',
      labels: {},
      adapter: { type: 'exec', command },
    });
    expect(await target.check(EFFECT.revision, soon())).toEqual({ ok: true, detail: '$(id); `id` "&' });
  });

  it('shows the program only the variables it was given', async () => {
    process.env['EXEC_TEST_PRIVATE'] = 'private';
    process.env['EXEC_TEST_SHARED'] = 'shared';
    const dependencies = testDependencies({ '${env:TOKEN}': 'a-token' });
    const settings = { environment: ['PATH', 'EXEC_TEST_SHARED'], secrets: { TOKEN: '${env:TOKEN}' } };
    await program('env > "$1/env"; echo \'{"status":"done"}\'', settings, dependencies).check(EFFECT.revision, soon());
    delete process.env['EXEC_TEST_PRIVATE'];
    delete process.env['EXEC_TEST_SHARED'];
    const seen = await readFile(join(folder, 'env'), 'utf8');
    expect(seen).toContain('EXEC_TEST_SHARED=shared');
    expect(seen).toContain('TOKEN=a-token');
    expect(seen).not.toContain('EXEC_TEST_PRIVATE');
  });

  it('asks with the document of the contract on standard input', async () => {
    await program('cat > "$1/in"; echo \'{"status":"done"}\'').shift({ ...EFFECT, desired: 25, expected: 10 }, soon());
    expect(JSON.parse(await readFile(join(folder, 'in'), 'utf8'))).toEqual({
      operation: 'shift',
      rollback: EFFECT.rollback,
      target: 'eu',
      effect: EFFECT.fence,
      revision: EFFECT.revision,
      desired: { weight: 25 },
      expected: { weight: 10 },
      deadline: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('runs the program again while it says that the work goes on', async () => {
    const script =
      'echo . >> "$1/runs"; [ $(wc -l < "$1/runs") -lt 3 ] && echo \'{"status":"accepted","pollAfterSeconds":0}\' && exit 10; echo \'{"status":"done"}\'';
    expect((await program(script).prepare({ ...EFFECT, share: 25 }, soon())).outcome).toBe('done');
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('.\n.\n.\n');
  });

  it('calls capacity asked for, and a shift unknown, that is still accepted when the time is over', async () => {
    const target = program('echo \'{"status":"accepted","pollAfterSeconds":60}\'; exit 10', { timeoutMs: 2_000 });
    expect(await target.prepare({ ...EFFECT, share: 25 }, soon())).toMatchObject({ outcome: 'done' });
    expect(await target.shift({ ...EFFECT, desired: 25, expected: 0 }, soon())).toMatchObject({ outcome: 'unknown' });
  });

  it('ends the whole process group, also what does not listen to a polite signal', async () => {
    const child = `sh -c 'trap "" TERM; echo $$ > "$1/child"; sleep 60; sleep 60' sh "$1"`;
    const target = program(`trap "" TERM; ${child} & sleep 60`, { timeoutMs: 2_000, killAfterMs: 100 });
    const longer = AbortSignal.timeout(30_000);
    expect((await target.shift({ ...EFFECT, desired: 25, expected: 0 }, longer)).outcome).toBe('unknown');
    expect(longer.aborted).toBe(false);
    const pid = (await readFile(join(folder, 'child'), 'utf8')).trim();
    expect(pid).toMatch(/^\d+$/);
    // Gone, or dead and not yet buried by whoever inherits it; what is killed needs the processor once more for that.
    const isThere = (): boolean => /[RSDT]/.test(spawnSync('ps', ['-o', 'stat=', '-p', pid]).stdout.toString());
    for (const deadline = Date.now() + 10_000; isThere() && Date.now() < deadline;) await pause(20);
    expect(isThere()).toBe(false);
  });

  it('does not wait for a program that left its group and holds the output open', async () => {
    const target = program('setsid sleep 60 & echo \'{"status":"done"}\'; sleep 0', {
      timeoutMs: 300,
      killAfterMs: 100,
    });
    const longer = AbortSignal.timeout(30_000);
    expect((await target.shift({ ...EFFECT, desired: 25, expected: 0 }, longer)).outcome).toBe('unknown');
    expect(longer.aborted).toBe(false);
  });

  it('takes any other exit code for a failure to try again, and logs what it wrote', async () => {
    const dependencies = testDependencies({ '${env:TOKEN}': 'a-token' });
    const target = program('echo "no route, $TOKEN" >&2; exit 3', { secrets: { TOKEN: '${env:TOKEN}' } }, dependencies);
    const shift = target.shift({ ...EFFECT, desired: 25, expected: 0 }, soon());
    await expect(shift).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('exit code 3: no route, ***'),
    });
    expect(dependencies.logged).toEqual([
      { details: { target: 'eu', stderr: 'no route, ***' }, message: 'a target program wrote to stderr' },
    ]);
  });

  it.each(['owner', 'revision', 'detail'])('keeps no secret that a program tells as %s', async (where) => {
    const dependencies = testDependencies({ '${env:TOKEN}': 'a-"quoted"-token' });
    const script = `
      const told = 'beside ' + process.env.TOKEN;
      const at = (place, otherwise) => (place === '${where}' ? told : otherwise);
      const revisions = [{ revision: at('revision', 'v42'), weight: 100, readyCapacity: 100, readyInstances: 1 }];
      const observed = { revisions, owner: at('owner', 'ops') };
      console.log(JSON.stringify({ status: 'done', detail: at('detail', 'well'), observed }));`;
    const adapter = { type: 'exec', command: [process.execPath, '-e', script], secrets: { TOKEN: '${env:TOKEN}' } };
    const target = createAdapters(dependencies).target({ name: 'eu', labels: {}, adapter });
    const told = JSON.stringify([
      await target.observe(soon()),
      await target.shift({ ...EFFECT, desired: 25, expected: 0 }, soon()),
    ]);
    expect(told).toContain('beside ***');
    expect(told).not.toContain('quoted');
  });

  it('keeps no rest of a secret whose beginning was cut off', async () => {
    const dependencies = testDependencies({ '${env:TOKEN}': 'a-long-token' });
    const settings = { secrets: { TOKEN: '${env:TOKEN}' } };
    const target = program(
      'printf %s "$TOKEN" >&2; printf %4090s x >&2; echo \'{"status":"done"}\'',
      settings,
      dependencies,
    );
    await target.check(EFFECT.revision, soon());
    expect(dependencies.logged).toHaveLength(1);
    expect(JSON.stringify(dependencies.logged)).toContain('***');
    expect(JSON.stringify(dependencies.logged)).not.toContain('token');
  });

  it('says that a program which is not there is a configuration that trying again does not mend', async () => {
    const adapter = { type: 'exec', command: ['/nowhere/at-all'] };
    const target = createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
    await expect(target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_MISCONFIGURED',
      message: expect.stringContaining('/nowhere/at-all cannot be started: ENOENT'),
    });
  });

  it('claims to be fenced only where its owner says so', () => {
    expect(program('true').capabilities()).toEqual({ granularity: 'percent', sticky: false, fenced: false });
    expect(program('true', { fenced: true }).capabilities().fenced).toBe(true);
  });
});
