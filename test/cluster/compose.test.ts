import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { phasedRollback } from '../e2e/support';
import { readCompose, ROOT } from './support/compose';
import { composeProgram, serverVersion } from '../tools/temporal-server';

const JOBS = ['temporal-schema', 'setup'];
const OURS = ['setup', 'worker', 'gateway'];

const services = readCompose();
const names = Object.keys(services);
const of = (name: string) => services[name] ?? {};

/** No engine runs here: the file is held against a real implementation's parser and against what the native cluster runs. */
describe('docker-compose.yml', () => {
  it('is read by a real compose implementation as it is by us', () => {
    const read = execFileSync(composeProgram(), ['-f', join(ROOT, 'docker-compose.yml'), 'config', '--services'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(read.trim().split('\n').sort()).toEqual([...names].sort());
  });

  it('pins every image to a version, and the Temporal server to the one that the native cluster builds', () => {
    for (const name of names)
      expect({ name, image: of(name).image }).toEqual({
        name,
        image: expect.stringMatching(/:\d+\.\d+(\.\d+)?$/) as unknown,
      });
    expect(of('temporal-schema').image).toBe(`temporalio/admin-tools:${serverVersion()}`);
  });

  it('starts whatever goes on again when it ends, and knows whether it is well', () => {
    for (const name of names) expect(of(name).restart).toBe(JOBS.includes(name) ? 'on-failure' : 'unless-stopped');
    for (const name of ['postgresql', 'temporal', 'worker', 'gateway'])
      expect(of(name).healthcheck?.test.length).toBeGreaterThan(1);
  });

  it('runs our own services as nobody in particular, on a root that nobody writes to', () => {
    for (const name of OURS) expect(of(name)).toMatchObject({ user: '1000:1000', read_only: true, cap_drop: ['ALL'] });
  });

  it('opens nothing but to this machine', () => {
    const ports = names.flatMap((name) => (of(name) as { ports?: readonly string[] }).ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('mounts only files that are there or that people are told to make', () => {
    const files = names
      .flatMap((name) => of(name).volumes ?? [])
      .flatMap((volume) => (volume.startsWith('./') ? [volume.split(':')[0] ?? ''] : []));
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual(
      files.filter((file) => file === './phased-rollback.yaml'),
    );
  });

  it.each(OURS)('gives %s a command and options that our command line has', async (name) => {
    const [command = '', ...options] = of(name).command ?? [];
    const help = await phasedRollback([command, '--help']);
    expect(help.exit).toBe(0);
    for (const option of options.filter((word) => word.startsWith('--'))) expect(help.out).toContain(option);
    expect(Object.keys(of(name).environment ?? {}).sort()).toEqual(['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE']);
  });
});

describe('the image', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

  it('copies what the program needs to run, and only scripts that are there', () => {
    for (const part of ['package.json', 'bin', 'dist', 'node_modules']) expect(dockerfile).toContain(`/app/${part} `);
    for (const [, script = ''] of dockerfile.matchAll(/node (scripts\/\S+)/g))
      expect(existsSync(join(ROOT, script))).toBe(true);
  });

  it('keeps the native bridge of its own platform alone', () => {
    const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-image-'));
    const releases = join('node_modules', '@temporalio', 'core-bridge', 'releases');
    try {
      cpSync(join(ROOT, releases), join(dir, releases), { recursive: true, dereference: true });
      execFileSync(process.execPath, [join(ROOT, 'scripts', 'prune-bridges.js'), dir]);
      expect(readdirSync(join(dir, releases))).toHaveLength(1);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }, 240_000);
});
