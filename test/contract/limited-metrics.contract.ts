import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MetricProvider } from '../../src/ports';
import { listen } from '../adapters/support/loopback';
import { withSubject } from './with-subject';

const QUERY = { targets: ['eu'], current: 'v42', stable: 'v41' };
const PATIENCE_MS = 300;
const signal = (): AbortSignal => AbortSignal.timeout(20_000);

type Trouble = (request: IncomingMessage, response: ServerResponse) => void;

/** Begins an answer that never becomes whole. */
function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"status":"success","data":{"resultType":"matrix","result":[');
}

const TROUBLES: readonly (readonly [name: string, trouble: Trouble, code: string, says: RegExp])[] = [
  ['that accepts and never answers', () => undefined, 'UNREACHABLE', /no answer in time/],
  ['that stops in the middle of its answer', (_asked, response) => begin(response), 'UNREACHABLE', /no answer in time/],
  [
    'that is cut off in the middle of its answer',
    (_asked, response) => {
      begin(response);
      setImmediate(() => response.destroy());
    },
    'UNREACHABLE',
    /the connection failed/,
  ],
  [
    'whose answer has no end',
    (_asked, response) => void response.writeHead(200).end(' '.repeat(9 * 2 ** 20)),
    'TOO_LARGE',
    /more than 8 MiB.*sum by the labels/,
  ],
];

/** What every provider that asks over HTTP promises of a store in trouble: a named outcome in time, to be tried again. */
export function describeTroubledMetrics(suite: {
  readonly name: string;
  /** Of whatever listens at this address, with these settings beside its own. */
  readonly provider: (url: string, settings: { readonly timeoutMs: number }) => MetricProvider;
}): void {
  describe(`${suite.name} asks a store`, () => {
    it.each(TROUBLES)('%s, and says so instead of showing anything', async (_name, trouble, code, says) => {
      const server = await listen(trouble);
      const timeoutMs = code === 'UNREACHABLE' ? PATIENCE_MS : 4_000;
      const longer = signal();
      try {
        const asked = suite.provider(server.url, { timeoutMs }).collect(QUERY, Date.now(), longer);
        await expect(asked).rejects.toMatchObject({
          code: `METRICS_${code}`,
          retryable: true,
          message: expect.stringMatching(says),
        });
        expect(longer.aborted).toBe(false);
      } finally {
        await server.close();
      }
    });
  });
}

/** A provider of a source that shows as many series as it is told to. */
export interface CrowdedSubject {
  readonly provider: MetricProvider;
  /** So many series of one request each, of `v42` on `eu`, all of one process. */
  readonly crowd: (series: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What every provider promises that adds up series of which there may be any number. */
export function describeCrowdedMetrics(suite: {
  readonly name: string;
  readonly most: number;
  readonly create: () => Promise<CrowdedSubject>;
}): void {
  const promises = withSubject(() => suite.create());
  describe(`${suite.name} counts very many series`, () => {
    promises(`up to ${suite.most} of them whole`, async ({ provider, crowd }) => {
      await crowd(suite.most);
      const { strata } = await provider.collect(QUERY, Date.now(), signal());
      expect(strata[0]?.current).toMatchObject([{ requests: suite.most, bad: 0 }]);
    });

    promises('of more none, and says how to make them fewer', async ({ provider, crowd }) => {
      await crowd(suite.most + 1);
      await expect(provider.collect(QUERY, Date.now(), signal())).rejects.toMatchObject({
        code: 'METRICS_TOO_LARGE',
        retryable: true,
        message: expect.stringMatching(
          new RegExp(`with ${suite.most + 1} series, and ${suite.most} are the most .* sum by the labels that tell`),
        ),
      });
    });
  });
}
