import { z } from 'zod';
import { RetryableError } from '../../ports';
import { withoutSecrets } from '../http';
import type { HttpAnswer } from '../http';
import { outsideJson, outsideText } from '../outside-text';
import { ask, demandFew, refusal } from './asking';

/** One question: raw points of these paths after `from` and up to `until`, in epoch milliseconds; as is `now`. */
export interface GraphiteQuestion {
  readonly url: string;
  readonly token?: string;
  readonly paths: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly now: number;
}

/** What Graphite keeps of one path. */
export interface GraphiteSeries {
  readonly path: string;
  /** Of a tagged series its tags, `name` among them; of another only that. */
  readonly tags: Readonly<Record<string, string>>;
  /** Oldest first, in epoch milliseconds; without those that hold nothing. A value that is no finite number is NaN. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
  /** The first instant that it has room for, whether it holds anything or not. */
  readonly since?: number;
  /** Time from one point to the next, in milliseconds; of a single point nothing is known. */
  readonly stepMs?: number;
}

const valueField = z.custom<number | null>((value) => value === null || typeof value === 'number');
const answerSchema = z.array(
  z.object({
    target: z.string(),
    // Graphite before 1.1 and some that speak as it does send none.
    tags: z.record(z.string(), z.coerce.string()).default({}),
    datapoints: z.array(z.tuple([valueField, z.number().int()])),
  }),
);

/**
 * Asks the render API for raw points: not from its cache, and without `maxDataPoints`, which would make averages of them.
 * What cannot be read throws `METRICS_UNREADABLE`, what may be there later `METRICS_UNREACHABLE`, what nobody can answer
 * `METRICS_MISCONFIGURED`; an empty list is an answer, and so is a path without any point.
 */
export async function queryGraphite(
  question: GraphiteQuestion,
  signal: AbortSignal,
): Promise<readonly GraphiteSeries[]> {
  const { url, token, paths, from, until } = question;
  const body = new URLSearchParams({
    format: 'json',
    noCache: '1',
    from: String(Math.max(0, Math.floor(from / 1000))),
    until: String(Math.floor(until / 1000)),
  });
  for (const path of paths) body.append('target', path);
  const place = `${url.replace(/\/+$/, '')}/render`;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await ask(place, { method: 'POST', headers, body, signal });
  return seriesIn(answer, withoutSecrets(place), question);
}

function seriesIn(answer: HttpAnswer, place: string, { token, now }: GraphiteQuestion): readonly GraphiteSeries[] {
  const { status, body } = answer;
  const secrets = token === undefined ? [] : [token];
  // Of a refused question it says why; anything else is a page for a browser.
  const said = status === 400 ? `: ${outsideText(body, secrets)}` : '';
  if (status !== 200) throw refusal(answer, `${place} answered ${status}${said}`, now);
  const read = answerSchema.safeParse(outsideJson(body));
  if (!read.success) throw new RetryableError('METRICS_UNREADABLE', `${place} did not answer with points`);
  demandFew(place, read.data.length);
  // What two of the paths match comes twice.
  const once = new Map(read.data.map((series) => [series.target, series]));
  return [...once].map(([path, { tags, datapoints }]) => ({
    path,
    tags,
    points: datapoints.flatMap(([value, seconds]) =>
      value === null ? [] : [{ at: seconds * 1000, value: finite(value) }],
    ),
    ...gridOf(path, datapoints, secrets),
  }));
}

function gridOf(
  path: string,
  datapoints: readonly (readonly [unknown, number])[],
  secrets: readonly string[],
): Pick<GraphiteSeries, 'since' | 'stepMs'> {
  const [first, second] = datapoints.map(([, seconds]) => seconds * 1000);
  if (first === undefined) return {};
  if (second === undefined) return { since: first };
  const stepMs = second - first;
  if (stepMs <= 0 || datapoints.some(([, seconds], index) => seconds * 1000 !== first + index * stepMs))
    throw new RetryableError(
      'METRICS_UNREADABLE',
      `the points of ${outsideText(path, secrets)} do not come in even steps`,
    );
  return { since: first, stepMs };
}

/** JSON has no infinity; Graphite writes 1e9999 for it. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN;
}
