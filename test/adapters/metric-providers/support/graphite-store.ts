import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../../src/temporal';
import { fromDebian, needsFromDebian } from '../../../tools/debian';
import { until } from './metric-store';

/** A value of a path; `at` in epoch milliseconds. */
export interface SentPoint {
  readonly path: string;
  readonly value: number;
  readonly at: number;
}

/** A real Graphite: carbon, which takes values and keeps them, and the web application, which shows them. */
export interface GraphiteStore {
  readonly url: string;
  /** Sends values, and waits until they are shown. */
  readonly send: (points: readonly SentPoint[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Paths below `ten.` come every ten seconds; of `short.` and `coarse.` the finest archive does not reach far. */
const SCHEMAS = [
  ['short', '1s:10m'],
  ['coarse', '1s:60s,10s:5h'],
  ['ten', '10s:5h'],
  ['', '1s:5h'],
] as const;

const CARBON = ['/usr/bin/carbon-cache', 'graphite-carbon'] as const;
const WEB = ['/usr/lib/python3/dist-packages/graphite/wsgi.py', 'graphite-web'] as const;

/** Has its programs there before the tests of a file begin. */
export function needsGraphite(): void {
  needsFromDebian(...CARBON);
  needsFromDebian(...WEB);
}

/** Starts it on free ports of the loopback interface, with a folder of its own; tagged series take a database beside. */
export async function startGraphite({ isTagged = false } = {}): Promise<GraphiteStore> {
  const carbonProgram = fromDebian(...CARBON);
  fromDebian(...WEB);
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-graphite-'));
  mkdirSync(join(dir, 'whisper'));
  mkdirSync(join(dir, 'log'));
  const [linePort, cachePort, webPort] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(dir, 'carbon.conf'), carbonConfig(dir, { linePort, cachePort, webPort }, isTagged));
  writeFileSync(join(dir, 'storage-schemas.conf'), storageSchemas());
  writeFileSync(join(dir, 'store_settings.py'), webSettings(dir, isTagged));
  writeFileSync(join(dir, 'serve.py'), isTagged ? `${WITH_TAGS}${SERVE}` : SERVE);
  const run = (program: string, args: readonly string[], env: object): ChildProcess =>
    spawn(program, args, { cwd: dir, stdio: 'ignore', env: { PATH: '/usr/bin:/bin', ...env } });
  const carbonArgs = [`--config=${join(dir, 'carbon.conf')}`, `--pidfile=${join(dir, 'carbon.pid')}`];
  const carbon = run(carbonProgram, [...carbonArgs, '--nodaemon', 'start'], { GRAPHITE_ROOT: dir });
  const web = run('/usr/bin/python3', ['serve.py', String(webPort)], {
    PYTHONPATH: dir,
    GRAPHITE_SETTINGS_MODULE: 'store_settings',
  });
  const url = `http://127.0.0.1:${webPort}`;
  await until('carbon listens', carbon, () => written(linePort, ''));
  await until('the web application answers', web, async () => (await fetch(`${url}/render?format=json`)).ok);
  return {
    url,
    async send(points) {
      await written(linePort, points.map(({ path, value, at }) => `${path} ${told(value)} ${at / 1000}\n`).join(''));
      await until('the values are shown', web, () => shows(url, points));
      const tagged = [...new Set(points.map(({ path }) => path).filter((path) => path.includes(';')))];
      await until('tagged series are found', web, () => finds(url, tagged));
    },
    async close() {
      await Promise.all([carbon, web].map((child) => ended(child)));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const WITH_TAGS = `import os
import django
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'graphite.settings')
django.setup()
from django.core.management import call_command
call_command('migrate', run_syncdb=True, verbosity=0)
`;
import {} from '../../../support/ended';
import { ended } from '../../../support/ended';

const SERVE = `import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from graphite.wsgi import application


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


make_server('127.0.0.1', int(sys.argv[1]), application, server_class=Server).serve_forever()
`;

function carbonConfig(
  dir: string,
  { linePort, cachePort, webPort }: Readonly<Record<'linePort' | 'cachePort' | 'webPort', number>>,
  isTagged: boolean,
): string {
  return [
    '[cache]',
    `STORAGE_DIR = ${dir}`,
    `LOCAL_DATA_DIR = ${join(dir, 'whisper')}`,
    `CONF_DIR = ${dir}`,
    `LOG_DIR = ${join(dir, 'log')}`,
    `PID_DIR = ${dir}`,
    'LINE_RECEIVER_INTERFACE = 127.0.0.1',
    `LINE_RECEIVER_PORT = ${linePort}`,
    'PICKLE_RECEIVER_PORT = 0',
    'CACHE_QUERY_INTERFACE = 127.0.0.1',
    `CACHE_QUERY_PORT = ${cachePort}`,
    'CARBON_METRIC_INTERVAL = 0',
    'MAX_UPDATES_PER_SECOND = 10000',
    `ENABLE_TAGS = ${isTagged ? 'True' : 'False'}`,
    `GRAPHITE_URL = http://127.0.0.1:${webPort}`,
    '',
  ].join('\n');
}

function storageSchemas(): string {
  return SCHEMAS.map(
    ([root, retentions]) => `[${root || 'all'}]\npattern = ^${root}\nretentions = ${retentions}\n`,
  ).join('\n');
}

function webSettings(dir: string, isTagged: boolean): string {
  return [
    "SECRET_KEY = 'of a test'",
    `STORAGE_DIR = '${dir}'`,
    `WHISPER_DIR = '${join(dir, 'whisper')}'`,
    'STANDARD_DIRS = [WHISPER_DIR]',
    `LOG_DIR = '${join(dir, 'log')}'`,
    // Carbon lets go of a value a moment before it is on disk; what is shown from there stays.
    'CARBONLINK_HOSTS = []',
    ...(isTagged ? [] : ['TAGDB = None']),
    '',
  ].join('\n');
}

async function written(port: number, lines: string): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(lines);
  await once(socket, 'close');
  return true;
}

/** Whether the last value of each path is there; carbon takes them in their order. */
async function shows(url: string, points: readonly SentPoint[]): Promise<boolean> {
  const last = new Map(points.map((point) => [point.path, point]));
  const found = await Promise.all(
    [...last.values()].map(async ({ path, value, at }) => {
      const query = {
        format: 'json',
        noCache: '1',
        target: path,
        from: String(at / 1000 - 1),
        until: String(at / 1000),
      };
      const answer = await fetch(`${url}/render?${new URLSearchParams(query).toString()}`);
      const [series] = (await answer.json()) as { datapoints: [number | null, number][] }[];
      return series?.datapoints.some(([shown, seconds]) => seconds * 1000 === at && shown === value) ?? false;
    }),
  );
  return found.every(Boolean);
}

/** Whether each of these is what its tags find: carbon tells them to the web application a moment later. */
async function finds(url: string, paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const [name = '', ...tags] = path.split(';');
      const query = new URLSearchParams();
      for (const tag of [`name=${name}`, ...tags]) query.append('expr', tag);
      const answer = await fetch(`${url}/tags/findSeries?${query.toString()}`);
      return ((await answer.json()) as string[]).includes(path);
    }),
  );
  return found.every(Boolean);
}

function told(value: number): string {
  return value === Infinity ? 'inf' : String(value);
}
