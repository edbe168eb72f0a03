import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policyJsonSchema } from '../../src/config';

const ROOT = join(__dirname, '..', '..');
const GUIDE = readFileSync(join(ROOT, 'docs', 'adding-an-adapter.md'), 'utf8');

/** What the guide's code blocks with a place hold: new files, and lines for files that are there. */
const blocks = [...GUIDE.matchAll(/^(`{3,})(\w+) (\S+)\n([\s\S]*?)^\1$/gm)].map(
  ([, , kind = '', place = '', text = '']) => ({ kind, place, text }),
);
const filesOf = blocks.filter(({ kind }) => kind !== 'diff');
const changes = blocks.filter(({ kind }) => kind === 'diff');
const [adapter, test, page] = filesOf.map(({ place }) => place);
const stanza = /^```yaml\n([\s\S]*?)^```$/m.exec(filesOf[2]?.text ?? '')?.[1] ?? '';
const TYPE = 'weights-file';
/** What the suite of targets asks of every one of them, at the least. */
const LEAST_SHOWN = 20;

const COPIED = [
  'src',
  'test',
  'docs',
  'tsconfig.base.json',
  'tsconfig.json',
  'package.json',
  'jest.config.js',
  '.oxlintrc.json',
  '.prettierrc',
];

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'phased-rollback-guide-'));
  for (const part of COPIED) {
    const isStored = (path: string): boolean => !path.endsWith(join('replay', 'histories'));
    cpSync(join(ROOT, part), join(copy, part), { recursive: true, filter: isStored });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The lines of a change are new, and stand at the end. */
function added(text: string, diff: string): string {
  const lines = diff.trimEnd().split('\n');
  expect(lines.every((line) => line.startsWith('+'))).toBe(true);
  return `${text}${lines.map((line) => line.slice(1)).join('\n')}\n`;
}

function inCopy(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const bin = join(copy, 'node_modules', '.bin', program);
  const end = spawnSync(bin, args, { cwd: copy, encoding: 'utf8', env: { ...process.env, ...env } });
  return { status: end.status, said: `${end.stdout}${end.stderr}` };
}

/** What the copy makes of a policy that is written as the guide says, and of one with a mistyped `type`. */
function policies(): { problems: string[]; mistyped: string[]; schema: string } {
  const policy = (text: string): string =>
    `apiVersion: phased-rollback/v1\nservices:\n  - name: checkout\n${text.replace(/^(?=.)/gm, '    ')}`;
  const mistyped = stanza.replace(`type: ${TYPE}`, 'type: weihgts-file');
  const script = `
    const { loadConfig, policyJsonSchema } = require('./src/config');
    const problems = (text) => { const { problems, invalid } = loadConfig(text, 'policy.yaml');
      return [...problems, ...invalid.flatMap((service) => service.problems)].map(({ message }) => message); };
    process.stdout.write(JSON.stringify({ problems: problems(${JSON.stringify(policy(stanza))}),
      mistyped: problems(${JSON.stringify(policy(mistyped))}), schema: JSON.stringify(policyJsonSchema()) }));`;
  const end = spawnSync(process.execPath, ['-r', './test/support/run-ts.js', '-e', script], {
    cwd: copy,
    encoding: 'utf8',
  });
  if (end.status !== 0) throw new Error(end.stderr);
  return JSON.parse(end.stdout) as ReturnType<typeof policies>;
}

describe('the guide to a new adapter, taken literally', () => {
  it('is three new files and one line', () => {
    expect([adapter, test, page]).toEqual([
      `src/adapters/targets/${TYPE}.ts`,
      `test/adapters/targets/${TYPE}.test.ts`,
      `docs/targets/${TYPE}.md`,
    ]);
    expect(filesOf).toHaveLength(3);
    expect(changes).toEqual([{ kind: 'diff', place: 'src/adapters/targets/index.ts', text: expect.any(String) }]);
    expect(changes[0]?.text.trim().split('\n')).toHaveLength(1);
    expect(stanza).toContain(`type: ${TYPE}`);
  });

  it('describes something that is not there yet', () => {
    expect(JSON.stringify(policyJsonSchema())).not.toContain(`"const":"${TYPE}"`);
    expect(policies().problems).toEqual([expect.stringContaining(TYPE)]);
    for (const place of filesOf.map((file) => file.place)) expect(existsSync(join(copy, place))).toBe(false);
  });

  it('does not compile with a schema that has no factory', () => {
    for (const { place, text } of filesOf) writeFileSync(join(copy, place), text);
    for (const { place, text } of changes) {
      const file = join(copy, place);
      writeFileSync(file, added(readFileSync(file, 'utf8'), text));
    }
    const file = join(copy, adapter ?? '');
    const whole = readFileSync(file, 'utf8');
    const without = whole.replace(/(targetKind\(\s*weightsFileSchema),[\s\S]*?\n\);$/m, '$1);');
    expect(without).not.toBe(whole);
    writeFileSync(file, without);
    const { status, said } = inCopy('tsc', ['-b', 'src/adapters']);
    expect(said).toContain('Expected 2 arguments, but got 1');
    expect(status).not.toBe(0);
    writeFileSync(file, whole);
  });

  it('builds, its test too, and passes lint and format', () => {
    const own = { extends: './tsconfig.json', include: [test?.replace('test/', '')] };
    writeFileSync(join(copy, 'test', 'tsconfig.guide.json'), JSON.stringify(own));
    expect(inCopy('tsc', ['-b'])).toEqual({ status: 0, said: '' });
    expect(inCopy('tsc', ['-p', 'test/tsconfig.guide.json'])).toEqual({ status: 0, said: '' });
    const places = [...filesOf, ...changes].map(({ place }) => place);
    const code = places.filter((place) => place.endsWith('.ts'));
    expect(inCopy('oxlint', ['--deny-warnings', ...code])).toMatchObject({ status: 0 });
    expect(inCopy('prettier', ['--check', ...places])).toMatchObject({ status: 0 });
  });

  it('passes the contract suite of its port, with nothing but its named reasons left out', () => {
    const { status, said } = inCopy('jest', [test ?? ''], { ONLY_UNIT: '1' });
    expect(said).toMatch(/Tests: +\d+ skipped, \d+ passed/);
    const [, passed = '0'] = /(\d+) passed, \d+ total/.exec(said.slice(said.indexOf('Tests:'))) ?? [];
    expect(Number(passed)).toBeGreaterThanOrEqual(LEAST_SHOWN);
    expect(status).toBe(0);
  });

  it('is known to the policy file, to its JSON Schema and to the error for a mistyped type', () => {
    const { problems, mistyped, schema } = policies();
    expect(problems).toEqual([]);
    expect(schema).toContain(`"const":"${TYPE}"`);
    expect(mistyped).toEqual([expect.stringContaining(`did you mean "${TYPE}"?`)]);
  });

  it('is asked for its page, whose example has to be one that is taken', () => {
    const pages = ['test/config/policy-file-doc.test.ts', '-t', 'targets|page of its own'];
    expect(inCopy('jest', pages, { ONLY_UNIT: '1' })).toMatchObject({ status: 0 });
    rmSync(join(copy, page ?? ''));
    const { status, said } = inCopy('jest', pages, { ONLY_UNIT: '1' });
    expect(said).toContain(`● the page about the policy file › is joined by a page of its own for ${TYPE}`);
    expect(status).not.toBe(0);
  });
});
