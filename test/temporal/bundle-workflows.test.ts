import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { newFolder, removeFolders } from './helpers';

afterAll(removeFolders);

const SCRIPT = resolve(__dirname, '../../scripts/bundle-workflows.js');
const bundle = (dist: string) => promisify(execFile)(process.execPath, [SCRIPT, dist]);

test('bundles quietly, keeps names, and works again only when an input changed', async () => {
  const dist = join(newFolder(), 'dist');
  symlinkSync(resolve(__dirname, '../../node_modules'), join(dist, '..', 'node_modules'));
  mkdirSync(join(dist, 'workflows'), { recursive: true });
  const source = join(dist, 'workflows', 'index.js');
  mkdirSync(join(dist, 'temporal'));
  writeFileSync(join(dist, 'temporal', 'sealed-failures.js'), 'exports.failureConverter = {};');
  writeFileSync(
    join(dist, 'workflows', 'versioned.js'),
    "exports.versionedRollback = require('./index').someRollback;",
  );
  const interceptors = {
    'whole-tasks': 'onlyWholeTasks',
    'answers-alone': 'onlyAnswers',
    'log-whereabouts': 'withWhereabouts',
  };
  for (const [module, name] of Object.entries(interceptors))
    writeFileSync(join(dist, 'workflows', `${module}.js`), `exports.interceptors = function ${name}() { return {}; };`);
  writeFileSync(source, 'exports.someRollback = async function someRollback() { return 1; };');
  expect(await bundle(dist)).toEqual({ stdout: '', stderr: '' });
  expect(readdirSync(dist).toSorted()).toEqual([
    'temporal',
    'workflow-bundle.js',
    'workflow-bundle.sealed.js',
    'workflow-bundle.stamp',
    'workflow-bundle.versioned.js',
    'workflow-bundle.versioned.sealed.js',
    'workflows',
  ]);
  expect(readFileSync(join(dist, 'workflow-bundle.versioned.js'), 'utf8')).toContain('exports.versionedRollback');
  const file = join(dist, 'workflow-bundle.js');
  expect(readFileSync(file, 'utf8')).toContain('async function someRollback()');
  for (const name of Object.values(interceptors)) expect(readFileSync(file, 'utf8')).toContain(`function ${name}()`);
  const before = statSync(file).ino;
  await bundle(dist);
  expect(statSync(file).ino).toBe(before);
  writeFileSync(source, 'exports.otherRollback = async function otherRollback() { return 2; };');
  await bundle(dist);
  expect(readFileSync(file, 'utf8')).toContain('async function otherRollback()');
});

test('says what to do when nothing has been compiled', async () => {
  await expect(bundle(newFolder())).rejects.toMatchObject({ stderr: expect.stringContaining('run `tsc -b` first') });
});
