import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../../src/temporal';
import { fromDebian, needsFromDebian } from '../../../tools/debian';
import { listen } from '../../support/loopback';
import type { Loopback } from '../../support/loopback';
import { ended } from '../../../support/ended';

/** A real store that scrapes one page of counters every half second. */
export interface MetricStore {
  readonly url: string;
  /**
   * Puts a page up and waits until the store has scraped it: its text, in the exposition format, without a mark. Of a long
   * one `sure` is the part whose lines are looked for; a scrape is taken in as a whole.
   */
  readonly show: (page: string, sure?: string) => Promise<void>;
  /** Stops the process where it stands: it accepts connections and answers none. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Lets scrapes fail until something is shown again, and waits until the store has noted one. */
  readonly fail: () => Promise<void>;
  /** When the series that this selects was scraped lately, in epoch milliseconds; of several the one with most scrapes. */
  readonly times: (selector: string) => Promise<readonly number[]>;
  /** Ends the store; the page goes with `close`. */
  readonly stop: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const SCRAPE = 'scrape_interval: 500ms';
const PATIENCE_MS = 30_000;

/** Stores of Debian's that answer Prometheus' query API. */
export type StoreKind = 'prometheus' | 'victoria-metrics';

/** Has its program there before the tests of a file begin. */
export function needsStore(kind: StoreKind): void {
  needsFromDebian(`/usr/bin/${kind}`, kind);
}

/** A real Prometheus that remembers this page, in the OpenMetrics format with a time on every line. */
export async function startRemembering(past: string): Promise<MetricStore> {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-metrics-'));
  const page = join(dir, 'past.om');
  writeFileSync(page, past);
  const promtool = fromDebian('/usr/bin/promtool', 'prometheus');
  execFileSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', page, join(dir, 'data')], { stdio: 'ignore' });
  return startIn(dir, 'prometheus');
}

/** Starts a store of this kind on free ports of the loopback interface, with a folder of its own. */
export function startStore(kind: StoreKind): Promise<MetricStore> {
  return startIn(mkdtempSync(join(tmpdir(), 'phased-rollback-metrics-')), kind);
}

async function startIn(dir: string, kind: StoreKind): Promise<MetricStore> {
  let text = '';
  let shown = 0;
  let looks = 0;
  let isDown = false;
  const page = await listen((_request, response) => {
    looks += 1;
    if (isDown) {
      response.writeHead(503).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(`${text}\npage_shown ${shown}\n`);
  });
  writeFileSync(join(dir, 'scrape.yml'), scrapeOf(page));
  const port = await freePort();
  const child = spawn(...commandOf(kind, dir, port), { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const stop = (): Promise<void> => ended(child);
  await until(`${kind} answers`, child, async () => (await fetch(`${url}/api/v1/query?query=1`)).ok);
  return {
    url,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async show(lines, sure = lines) {
      isDown = false;
      text = lines;
      shown += 1;
      const wanted = [...sure.split('\n').filter((line) => line !== ''), `page_shown ${shown}`];
      const before = looks;
      // The next look but one begins when the store has taken in what the next one saw.
      if (kind === 'victoria-metrics') {
        await until('the page is looked at', child, async () => looks >= before + 2);
        await putInOrder(url);
      }
      await until('the page is scraped', child, () => shows(url, wanted));
    },
    async fail() {
      isDown = true;
      await until('a scrape failed', child, async () => (await newest(url, 'up')) === 0);
    },
    async times(selector) {
      const points = (await lately(url, selector, '150s')).map(({ values }) => values);
      const longest = points.toSorted((one, other) => other.length - one.length)[0] ?? [];
      return longest.map(([seconds]) => Math.round(seconds * 1_000));
    },
    stop,
    async close() {
      await stop();
      await page.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Lets VictoriaMetrics find at once what it has taken in. Asked for a series before that, it goes on for ten seconds
 * saying that there is none: for so long it believes its own last search. It forgets that when it is told to flush
 * something new; what it has flushed by itself, which it does each second, is no news any more, so it is given some.
 */
async function putInOrder(url: string): Promise<void> {
  const news = `news{of="${randomUUID()}"} 1\n`;
  const taken = await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: news });
  if (!taken.ok) throw new Error(`the store answered ${taken.status} when it was to take in something new`);
  const answer = await fetch(`${url}/internal/force_flush`);
  if (!answer.ok) throw new Error(`the store answered ${answer.status} when it was to flush`);
}

function scrapeOf(page: Loopback): string {
  const address = new URL(page.url).host;
  return [
    'global:',
    `  ${SCRAPE}`,
    'scrape_configs:',
    '  - job_name: app',
    `    static_configs: [{ targets: ['${address}'] }]`,
    '',
  ].join('\n');
}

function commandOf(kind: StoreKind, dir: string, port: number): [string, string[]] {
  const config = join(dir, 'scrape.yml');
  switch (kind) {
    case 'prometheus':
      return [
        fromDebian('/usr/bin/prometheus', kind),
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(dir, 'data')}`,
          '--storage.tsdb.retention.time=100y',
          `--web.listen-address=127.0.0.1:${port}`,
        ],
      ];
    case 'victoria-metrics':
      return [
        fromDebian('/usr/bin/victoria-metrics', kind),
        [
          `-promscrape.config=${config}`,
          `-storageDataPath=${join(dir, 'data')}`,
          `-httpListenAddr=127.0.0.1:${port}`,
          '-memory.allowedBytes=67108864',
        ],
      ];
  }
}

/** Whether the newest value of each line is there: a store may show what it has had for long before what is new to it. */
async function shows(url: string, lines: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    lines.map(async (line) => {
      const cut = line.lastIndexOf(' ');
      return (await newest(url, line.slice(0, cut))) === Number(line.slice(cut).replace('Inf', 'Infinity'));
    }),
  );
  return found.every(Boolean);
}

async function newest(url: string, selector: string): Promise<number | undefined> {
  // Series with more labels match as well; the one that has no others is meant.
  const labels = ({ metric }: { metric: object }): number => Object.keys(metric).length;
  const own = (await lately(url, selector, '60s')).toSorted((a, b) => labels(a) - labels(b))[0];
  const last = own?.values.at(-1)?.[1];
  return last === undefined ? undefined : Number(last.replace('Inf', 'Infinity'));
}

/** The points of the series that this selects. */
async function lately(url: string, selector: string, span: string) {
  const query = new URLSearchParams({ query: `${selector}[${span}]` });
  const answer = (await (await fetch(`${url}/api/v1/query?${query.toString()}`)).json()) as {
    data: { result: { metric: object; values: [number, string][] }[] };
  };
  return answer.data.result;
}

/** Waits until that holds, as long as the child runs and not for ever. */
export async function until(what: string, child: ChildProcess, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds().catch(() => false))) {
    if (child.exitCode !== null) throw new Error(`the store ended before ${what}`);
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await sleep(50);
  }
}
