import { z } from 'zod';
import { RetryableError, TerminalError } from '../../ports';
import { withoutSecrets } from '../http';
import type { HttpAnswer } from '../http';
import { outsideJson, outsideText } from '../outside-text';
import { ask, refusal } from './asking';
import type { CountBucket } from './bucket-sums';

/** One NRQL query that selects `requests` and `bad` by facet and bucket; `now` in epoch milliseconds. */
export interface NerdGraphQuestion {
  readonly url: string;
  readonly key: string;
  readonly accountId: number;
  readonly nrql: string;
  readonly now: number;
}

/** What was counted in one bucket of one facet; its values are in the order of the question's attributes. */
export interface FacetBucket extends CountBucket {
  readonly facet: readonly string[];
}

const QUESTION = `query ($account: Int!, $nrql: Nrql!) {
  actor { account(id: $account) { nrql(query: $nrql) { results metadata { messages } } } }
}`;

const countField = z
  .number()
  .nullable()
  .transform((count) => count ?? Number.NaN);
/** Attributes may be numbers and truth values. */
const valueField = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const facetField = z.union([valueField.transform((one) => [one]), z.array(valueField)]);
const rowSchema = z
  .object({
    beginTimeSeconds: z.number(),
    endTimeSeconds: z.number(),
    facet: facetField,
    requests: countField,
    bad: countField,
  })
  .transform(({ beginTimeSeconds, endTimeSeconds, facet, requests, bad }) => ({
    facet,
    requests,
    // Bad ones are counted among the very same events.
    bad: bad <= requests ? bad : Number.NaN,
    from: beginTimeSeconds * 1000,
    to: endTimeSeconds * 1000,
  }));
const nrqlSchema = z.object({
  results: z.array(rowSchema),
  metadata: z.object({ messages: z.array(z.string()).nullish() }).nullish(),
});
const dataSchema = z.object({ data: z.object({ actor: z.object({ account: z.object({ nrql: nrqlSchema }) }) }) });
const errorsSchema = z.object({
  errors: z
    .array(z.object({ message: z.string(), extensions: z.object({ errorClass: z.string().optional() }).optional() }))
    .min(1),
});

/**
 * Asks NerdGraph. What is incomplete or cannot be read throws `METRICS_UNREADABLE`, what may be there later
 * `METRICS_UNREACHABLE`, what nobody can answer `METRICS_MISCONFIGURED`; an empty list is an answer.
 */
export async function queryNerdGraph(
  question: NerdGraphQuestion,
  signal: AbortSignal,
): Promise<readonly FacetBucket[]> {
  const { url, key, accountId, nrql } = question;
  const answer = await ask(url, {
    method: 'POST',
    headers: { 'api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUESTION, variables: { account: accountId, nrql } }),
    signal,
  });
  return bucketsIn(answer, withoutSecrets(url), question);
}

function bucketsIn(answer: HttpAnswer, place: string, { key, now }: NerdGraphQuestion): readonly FacetBucket[] {
  const document = outsideJson(answer.body);
  const failed = errorsSchema.safeParse(document);
  const said = failed.success
    ? `: ${outsideText(failed.data.errors.map(({ message }) => message).join('; '), [key])}`
    : '';
  if (answer.status !== 200) throw refusal(answer, `${place} answered ${answer.status}${said}`, now);
  // A part may stand beside the errors; it is not the answer.
  if (failed.success) throw failure(failed.data.errors, `${place} answered with errors${said}`);
  const read = dataSchema.safeParse(document);
  if (!read.success) throw new RetryableError('METRICS_UNREADABLE', `${place} did not answer with counts by bucket`);
  const { results, metadata } = read.data.data.actor.account.nrql;
  const messages = metadata?.messages ?? [];
  if (messages.length > 0)
    throw new RetryableError(
      'METRICS_UNREADABLE',
      `${place} has reservations: ${outsideText(messages.join('; '), [key])}`,
    );
  if (new Set(results.map(({ facet, from }) => JSON.stringify([facet, from]))).size < results.length)
    throw new RetryableError('METRICS_UNREADABLE', `${place} counted a bucket twice`);
  return results;
}

/** Asking again helps against neither a wrong key nor a wrong question; everything else may pass. */
const FOR_GOOD = /ACCESS_DENIED|UNAUTHORIZED|FORBIDDEN|NOT_FOUND|INVALID|api key|access denied|nrql syntax/i;

function failure(errors: z.infer<typeof errorsSchema>['errors'], message: string): RetryableError | TerminalError {
  const classes = errors.map((error) => `${error.extensions?.errorClass ?? ''} ${error.message}`).join('\n');
  if (/TOO_MANY_REQUESTS|rate limit/i.test(classes)) return new RetryableError('METRICS_UNREACHABLE', message);
  if (FOR_GOOD.test(classes)) return new TerminalError('METRICS_MISCONFIGURED', message);
  return new RetryableError('METRICS_UNREADABLE', message);
}
