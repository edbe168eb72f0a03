import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = join(__dirname, '..', '..');
const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);

// Webpack takes seconds on an idle machine.
jest.setTimeout(5 * 60_000);

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'phased-rollback-guards-'));
  for (const part of ['src', 'tsconfig.base.json', 'tsconfig.json', 'package.json', '.oxlintrc.json']) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  execFileSync('ln', ['-s', join(ROOT, 'node_modules'), join(copy, 'node_modules')]);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(join(copy, path, '..'), { recursive: true });
  writeFileSync(join(copy, path), text);
}

describe('the direction of imports and the purity of the core', () => {
  it.each([
    ['a clock of the machine in the domain', 'domain', 'export const at = process.hrtime();', /process/],
    [
      'the file system in the domain',
      'domain',
      "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;",
      /node:fs/,
    ],
    [
      'an adapter in a workflow',
      'workflows',
      "import { resolveSecret } from '../adapters';\nexport const leak = resolveSecret;",
      /adapters/,
    ],
    [
      'an activity in a workflow',
      'workflows',
      "import { createMainActivities } from '../activities';\nexport const leak = createMainActivities;",
      /activities/,
    ],
    [
      'a gateway in an adapter',
      'adapters',
      "import { createGateway } from '../gateway';\nexport const leak = createGateway;",
      /gateway/,
    ],
  ])('does not compile with %s', (_name, layer, text, complaint) => {
    const path = `src/${layer}/planted-fault.ts`;
    plant(path, text);
    const compiled = spawnSync(bin('tsc'), ['-b', `src/${layer}`], { cwd: copy, encoding: 'utf8' });
    rmSync(join(copy, path));
    expect(compiled.status).not.toBe(0);
    expect(compiled.stdout).toMatch(complaint);
    expect(compiled.stdout).toContain('planted-fault');
  });

  it.each([
    ['the time of day in the domain', 'domain', 'export const now = (): number => Date.now();'],
    ['chance in the domain', 'domain', 'export const draw = (): number => Math.random();'],
    ['a default export', 'config', 'export default 1;'],
    ['a floating promise', 'adapters', 'export function go(): void {\n  Promise.resolve(1);\n}'],
    ['a logger in a workflow', 'workflows', "import { pino } from 'pino';\nexport const log = pino();"],
  ])('does not pass lint with %s', (_name, layer, text) => {
    const path = `src/${layer}/planted-fault.ts`;
    plant(path, text);
    const linted = spawnSync(bin('oxlint'), ['--type-aware', '--deny-warnings', path], { cwd: copy, encoding: 'utf8' });
    rmSync(join(copy, path));
    expect(linted.status).not.toBe(0);
    expect(linted.stdout).toContain('planted-fault');
  });
});

describe('the workflow bundle', () => {
  const options = { logger: new DefaultLogger('ERROR') };

  it('reaches nothing of Node', async () => {
    const { code } = await bundleWorkflowCode({
      ...options,
      workflowsPath: join(ROOT, 'src', 'workflows', 'index.ts'),
    });
    expect(code.length).toBeGreaterThan(100_000);
    // Verdicts come from activities: a better judge must never change what a run in flight has done.
    expect(code).not.toContain('function brokenCircuit');
  });

  it('is refused when it does', async () => {
    plant(
      'src/workflows/planted-fault.ts',
      "import { readFileSync } from 'node:fs';\nexport async function leak(): Promise<string> {\n  return readFileSync('/etc/hostname', 'utf8');\n}\n",
    );
    const workflowsPath = join(copy, 'src', 'workflows', 'planted-fault.ts');
    await expect(bundleWorkflowCode({ ...options, workflowsPath })).rejects.toThrow(/Webpack finished with errors/);
    rmSync(workflowsPath);
  });
});
