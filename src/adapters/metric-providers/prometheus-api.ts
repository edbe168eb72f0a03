import { z } from 'zod';
import { RetryableError } from '../../ports';
import { withoutSecrets } from '../http';
import type { HttpAnswer } from '../http';
import { outsideJson, outsideText } from '../outside-text';
import { ask, demandFew, refusal } from './asking';
import type { PointSeries } from './point-series';

/** One question: a range selector, read as of `at` (epoch ms). */
export interface PrometheusQuestion {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent in the headers and must not come back in a message. */
  readonly secrets: readonly string[];
  readonly expression: string;
  readonly at: number;
}

const errorSchema = z.object({ status: z.literal('error'), errorType: z.string().optional(), error: z.string() });
const matrixSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
  warnings: z.array(z.string()).optional(),
  isPartial: z.boolean().optional(),
});
const answerSchema = z.union([matrixSchema, errorSchema]);

/**
 * Asks for the raw points of a range selector. What is incomplete or cannot be read throws `METRICS_UNREADABLE`, what may
 * be there later `METRICS_UNREACHABLE`, what nobody can answer `METRICS_MISCONFIGURED`; an empty list is an answer.
 */
export async function queryPrometheus(
  { url, headers, secrets, expression, at }: PrometheusQuestion,
  signal: AbortSignal,
): Promise<readonly PointSeries[]> {
  const place = `${url.replace(/\/+$/, '')}/api/v1/query`;
  const body = new URLSearchParams({ query: expression, time: String(at / 1000) });
  const answer = await ask(place, { method: 'POST', headers, body, signal });
  return seriesIn(answer, withoutSecrets(place), secrets);
}

function seriesIn(answer: HttpAnswer, place: string, secrets: readonly string[]): readonly PointSeries[] {
  const read = answerSchema.safeParse(outsideJson(answer.body));
  const said = read.success && read.data.status === 'error' ? `: ${outsideText(read.data.error, secrets)}` : '';
  // A question that is understood and cannot be answered is told by 422.
  if (answer.status >= 400 && answer.status !== 422)
    throw refusal(answer, `${place} answered ${answer.status}${said}`, Date.now());
  if (!read.success || read.data.status === 'error')
    throw new RetryableError('METRICS_UNREADABLE', `${place} did not answer with points${said}`);
  const { data, warnings = [], isPartial } = read.data;
  if (warnings.length > 0 || isPartial === true)
    throw new RetryableError(
      'METRICS_UNREADABLE',
      `${place} answered in part: ${outsideText(warnings.join('; '), secrets)}`,
    );
  demandFew(place, data.result.length);
  return data.result.map(toSeries);
}

function toSeries({ metric, values }: z.infer<typeof matrixSchema>['data']['result'][number]): PointSeries {
  const { __name__: name = '', ...labels } = metric;
  return {
    name,
    labels,
    identity: JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    points: values.map(([seconds, value]) => ({ at: Math.round(seconds * 1000), value: Number(value) })),
  };
}
