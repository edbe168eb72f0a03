import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policyJsonSchema } from '../../src/config';

const ROOT = join(__dirname, '..', '..');
const GUIDE = readFileSync(join(ROOT, 'docs', 'adding-an-adapter.md'), 'utf8');

/** What the guide's code blocks with a place hold: new files, lines for a file that is there, a piece of a policy. */
const blocks = [...GUIDE.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, kind = '', place = '', text = '']) => ({
    kind,
    place,
    text,
  }),
);
const filesOf = blocks.filter(({ kind }) => kind === 'ts');
const changes = blocks.filter(({ kind }) => kind === 'diff');
const stanza = blocks.find(({ place }) => place === 'policy')?.text ?? '';
const test = filesOf.find(({ place }) => place.endsWith('.test.ts'))?.place ?? '';

const COPIED = [
  'src',
  'test',
  'tsconfig.base.json',
  'tsconfig.json',
  'package.json',
  'jest.config.js',
  '.oxlintrc.json',
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

/** Puts each added line where the lines around it are, which have to be there once. */
function added(text: string, diff: string): string {
  return diff.split(/^@@\n/m).reduce((now, hunk) => {
    const lines = hunk.trimEnd().split('\n');
    const without = (mark: string): string =>
      lines.flatMap((line) => (line.startsWith(mark) ? [] : [line.slice(1)])).join('\n');
    const [before, after] = [without('+'), without('-')];
    expect(now.split(before)).toHaveLength(2);
    return now.replace(before, () => after);
  }, text);
}

function inCopy(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const bin = join(copy, 'node_modules', '.bin', program);
  const end = spawnSync(bin, args, { cwd: copy, encoding: 'utf8', env: { ...process.env, ...env } });
  return { status: end.status, said: `${end.stdout}${end.stderr}` };
}

/** What the copy makes of a policy that is written as the guide says, and of one with a mistyped `type`. */
function policies(): { problems: string[]; mistyped: string[]; schema: string } {
  const policy = (text: string): string =>
    `apiVersion: phased-rollback/v1\nservices:\n  - name: checkout\n    targets: [{ name: eu, type: in-memory }]\n${text.replace(/^(?=.)/gm, '    ')}`;
  const mistyped = stanza.replace('type: file', 'type: fiel');
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
  it('is one new file, its test, and lines in one index', () => {
    expect(filesOf.map(({ place }) => place)).toEqual([
      'src/adapters/notifiers/file.ts',
      'test/adapters/notifiers/file.test.ts',
    ]);
    expect(changes.map(({ place }) => place)).toEqual(['src/adapters/notifiers/index.ts']);
    expect(stanza).toContain('type: file');
  });

  it('describes something that is not there yet', () => {
    expect(JSON.stringify(policyJsonSchema())).not.toContain('"const":"file"');
    expect(policies().problems).toEqual([expect.stringContaining('file')]);
  });

  it('does not compile with a schema that has no factory', () => {
    for (const { place, text } of filesOf) writeFileSync(join(copy, place), text);
    for (const { place, text } of changes) {
      const index = readFileSync(join(copy, place), 'utf8');
      const whole = added(index, text);
      writeFileSync(join(copy, place), whole.replace(/^ +file: .*\n/m, ''));
      const { status, said } = inCopy('tsc', ['-b', 'src/adapters']);
      expect(said).toContain("'file' is missing");
      expect(status).not.toBe(0);
      writeFileSync(join(copy, place), whole);
    }
  });

  it('compiles, its test too, and passes lint', () => {
    const own = { extends: './tsconfig.json', include: [test.replace('test/', '')] };
    writeFileSync(join(copy, 'test', 'tsconfig.guide.json'), JSON.stringify(own));
    expect(inCopy('tsc', ['-b', 'src/config'])).toEqual({ status: 0, said: '' });
    expect(inCopy('tsc', ['-p', 'test/tsconfig.guide.json'])).toEqual({ status: 0, said: '' });
    const places = [...filesOf, ...changes].map(({ place }) => place);
    expect(inCopy('oxlint', ['--deny-warnings', ...places])).toMatchObject({ status: 0 });
  });

  it('passes the contract suite of its port', () => {
    const { status, said } = inCopy('jest', [test], { ONLY_UNIT: '1' });
    expect(said).toContain('Tests:       4 passed, 4 total');
    expect(status).toBe(0);
  });

  it('is known to the policy file, to its JSON Schema and to the error for a mistyped type', () => {
    const { problems, mistyped, schema } = policies();
    expect(problems).toEqual([]);
    expect(schema).toContain('"const":"file"');
    expect(mistyped).toEqual([expect.stringMatching(/did you mean "file"/)]);
  });
});
