import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { cachedBinaryPath, download, downloadUrl } from '../../src/temporal/binary-tools';
import { temporalFacts } from '../../src/temporal/facts';
import { findTemporalBinary } from '../../src/temporal/find-binary';
import { newFolder, removeFolders, until, writeFakeBinary } from './helpers';

afterAll(removeFolders);

const refuse = (why: string) => () => Promise.reject(new Error(why));
const build = (folder: string) => Promise.resolve(writeFakeBinary(join(folder, 'temporal'), '1.29.1'));

function machine(): { env: NodeJS.ProcessEnv; onPath: string; cached: string } {
  const root = newFolder();
  const env = { PATH: `${join(root, 'a')}:${join(root, 'b')}`, XDG_CACHE_HOME: join(root, 'cache') };
  return { env, onPath: join(root, 'a', 'temporal'), cached: cachedBinaryPath(env) };
}

test('takes a binary of a tested server from the PATH', async () => {
  const { env, onPath } = machine();
  writeFakeBinary(onPath, '1.30.2');
  await expect(findTemporalBinary({ env })).resolves.toEqual({
    path: onPath,
    source: 'path',
    version: '0.0.0-DEV',
    serverVersion: '1.30.2',
  });
});

test.each(['1.28.0', '1.32.0', '2.29.0'])(
  'passes over a server %s on the PATH for the cached one',
  async (tooOther) => {
    const { env, onPath, cached } = machine();
    writeFakeBinary(onPath, tooOther);
    writeFakeBinary(cached, '1.29.1');
    await expect(findTemporalBinary({ env })).resolves.toMatchObject({ path: cached, source: 'cache' });
  },
);

test('looks further along the PATH when the first binary is of no use', async () => {
  const { env, onPath } = machine();
  writeFakeBinary(onPath, '1.20.0');
  const second = writeFakeBinary(onPath.replace('/a/', '/b/'), '1.31.0');
  await expect(findTemporalBinary({ env })).resolves.toMatchObject({ path: second, source: 'path' });
});

test('builds only when the download fails, and leaves nothing but the binary', async () => {
  const { env, cached } = machine();
  const found = await findTemporalBinary({ env, download: refuse('no network'), build });
  expect(found).toMatchObject({ path: cached, source: 'go-build', serverVersion: '1.29.1' });
  expect(readdirSync(dirname(cached))).toEqual(['temporal']);
});

test('announces a build and asks Go for the pinned release without cgo, into a folder of its own', async () => {
  const { env, onPath, cached } = machine();
  const bin = dirname(onPath);
  const ready = writeFakeBinary(join(bin, '..', 'made'), '1.29.1');
  const go = `#!/bin/sh
if [ "$1" = env ]; then echo go1.26.8; exit; fi
echo "$CGO_ENABLED $*" > ${bin}/asked
/bin/cp ${ready} "$GOBIN/temporal"
`;
  mkdirSync(bin);
  writeFileSync(join(bin, 'go'), go, { mode: 0o755 });
  const lines: string[] = [];
  const onProgress = (line: string): number => lines.push(line);
  const found = await findTemporalBinary({ env, download: refuse('no network'), onProgress });
  expect(found).toMatchObject({ path: cached, source: 'go-build' });
  expect(readFileSync(join(bin, 'asked'), 'utf8')).toBe('0 install github.com/temporalio/cli/cmd/temporal@v1.5.1\n');
  expect(lines).toEqual(['Building Temporal 1.5.1 with go1.26.8: about 5 minutes, once for this user.']);
});

test('reports the last words of a build that fails, and a missing Go', async () => {
  const { env, onPath } = machine();
  const search = () => findTemporalBinary({ env, download: refuse('no network') });
  await expect(search()).rejects.toThrow('a build with Go: Go is not installed');
  mkdirSync(dirname(onPath));
  const go = '#!/bin/sh\n[ "$1" = env ] && echo go1.26.8 && exit\necho "dial tcp: no route" >&2\nexit 1\n';
  writeFileSync(join(dirname(onPath), 'go'), go, { mode: 0o755 });
  await expect(search()).rejects.toThrow('a build with Go: go install ended with 1: dial tcp: no route');
});

test('replaces a broken binary in the cache', async () => {
  const { env, cached } = machine();
  writeFakeBinary(cached, 'nonsense');
  const found = await findTemporalBinary({ env, download: build, build: refuse('not asked') });
  expect(found).toMatchObject({ path: cached, source: 'download' });
});

test('does not install a build that does not run', async () => {
  const { env, cached } = machine();
  const broken = (folder: string): Promise<string> => {
    writeFileSync(join(folder, 'temporal'), '#!/bin/sh\nexit 3\n');
    return Promise.resolve(join(folder, 'temporal'));
  };
  const search = findTemporalBinary({ env, download: refuse('no network'), build: broken });
  await expect(search).rejects.toMatchObject({ code: 'TEMPORAL_MISSING' });
  expect(existsSync(cached)).toBe(false);
});

test('builds once when two starts look at the same time, and tells the second whom it waits for', async () => {
  const { env, cached } = machine();
  const lines: string[] = [];
  let builds = 0;
  const slowBuild = async (folder: string): Promise<string> => {
    builds += 1;
    await until(() => lines.length > 0, 'the other search waits');
    return build(folder);
  };
  const options = {
    env,
    download: refuse('no network'),
    build: slowBuild,
    onProgress: (line: string) => lines.push(line),
  };
  const found = await Promise.all([findTemporalBinary(options), findTemporalBinary(options)]);
  expect(builds).toBe(1);
  expect(found.map(({ path }) => path)).toEqual([cached, cached]);
  expect(found.map(({ source }) => source).toSorted()).toEqual(['cache', 'go-build']);
  expect(lines).toEqual([`Waiting for process ${process.pid}, which is getting Temporal already.`]);
});

test('takes over the lock of a start that died', async () => {
  const { env, cached } = machine();
  const dead = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  mkdirSync(dirname(cached), { recursive: true });
  writeFileSync(join(dirname(cached), 'install.lock'), JSON.stringify({ pid: dead, startTime: '1' }));
  await expect(findTemporalBinary({ env, download: build })).resolves.toMatchObject({ source: 'download' });
});

test('says in one error what was tried, why each failed and what helps', async () => {
  const { env, onPath, cached } = machine();
  writeFakeBinary(onPath, '1.28.0');
  const search = findTemporalBinary({
    env,
    download: refuse('getaddrinfo ENOTFOUND'),
    build: refuse('Go is not installed'),
  });
  const error = await search.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'TemporalSetupError', code: 'TEMPORAL_MISSING' });
  expect(String(error)).toBe(`TemporalSetupError: There is no Temporal server to start. Tried:
  - ${onPath}: it contains server 1.28.0, tested are 1.29 to 1.31
  - the cache ${cached}: not there
  - the official download of 1.5.1: getaddrinfo ENOTFOUND
  - a build with Go: Go is not installed
One of these helps: set TEMPORAL_ADDRESS to a running server; install the Temporal command line 1.5.1 (https://docs.temporal.io/cli) on the PATH; allow access to temporal.download; install Go 1.25 or newer.`);
});

test('names a cache folder that cannot be written', async () => {
  const { env } = machine();
  writeFileSync(join(env.XDG_CACHE_HOME ?? ''), 'a file, not a folder');
  await expect(findTemporalBinary({ env, download: build, build })).rejects.toMatchObject({
    code: 'TEMPORAL_MISSING',
    message: expect.stringMatching(/the cache folder .*: E(NOTDIR|EXIST)/),
  });
});

test('unpacks the binary of a downloaded archive and reports a refused one', async () => {
  const folder = newFolder();
  writeFakeBinary(join(folder, 'content', 'temporal'), '1.29.1');
  execFileSync('tar', ['-czf', join(folder, 'archive'), '-C', join(folder, 'content'), 'temporal']);
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/archive' ? 200 : 404;
    response.end(readFileSync(join(folder, 'archive')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { env } = machine();
  const from = (path: string) => (into: string) => download(`http://127.0.0.1:${port}${path}`, into);
  try {
    await expect(findTemporalBinary({ env, download: from('/archive') })).resolves.toMatchObject({
      source: 'download',
    });
    await expect(download(`http://127.0.0.1:${port}/gone`, folder)).rejects.toThrow('the server answered 404');
    await expect(download('http://127.0.0.1:1/', folder)).rejects.toThrow(/fetch failed/);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test.each([
  ['linux', 'x64', 'https://temporal.download/cli/archive/v1.5.1?platform=linux&arch=amd64'],
  ['darwin', 'arm64', 'https://temporal.download/cli/archive/v1.5.1?platform=darwin&arch=arm64'],
  ['win32', 'x64', undefined],
  ['linux', 'riscv64', undefined],
])('asks for the archive of %s on %s', (platform, arch, url) => {
  expect(downloadUrl(platform, arch)).toBe(url);
});

test('reports what is there without getting anything', async () => {
  const { env, onPath, cached } = machine();
  writeFakeBinary(onPath, '1.28.0');
  const facts = await temporalFacts(env);
  expect(facts.binary).toBeUndefined();
  expect(facts.passedOver.map(({ what }) => what)).toEqual([onPath, `the cache ${cached}`]);
  expect(facts.advice[0]).toContain('The first start downloads Temporal 1.5.1');
  expect(existsSync(dirname(cached))).toBe(false);
});

test('needs no advice when a cluster is configured', async () => {
  const { env } = machine();
  const facts = await temporalFacts({ ...env, TEMPORAL_ADDRESS: 'temporal.example:7233' });
  expect(facts.configured).toEqual({ address: 'temporal.example:7233', namespace: 'default' });
  expect(facts.advice).toEqual([]);
});
