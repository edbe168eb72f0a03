import type { Unreadable, UnreadCode } from './sample';
import type { Verdict, VerdictReason } from './verdict';

/** Why a metric could not be read at a look. */
export interface Unread extends Unreadable {
  /** Its name in the policy. */
  readonly metric: string;
  /** When that was; epoch milliseconds. */
  readonly at: number;
}

const MOST_KEPT = 10;
const MOST_NAMED = 3;
const LONGEST = 400;

/**
 * The newest reason of each metric and target, newest first: those of a look before those that were known, and none from
 * before `since`, epoch milliseconds. A reason stays for a while after it has passed, for what it left out is missed.
 */
export function unreadLately(known: readonly Unread[], look: readonly Unread[], since: number): readonly Unread[] {
  const newest = new Map<string, Unread>();
  for (const unread of [...look, ...known]) {
    const key = JSON.stringify([unread.metric, unread.target]);
    if (unread.at >= since && !newest.has(key)) newest.set(key, { ...unread, because: short(unread.because) });
  }
  return [...newest.values()].slice(0, MOST_KEPT);
}

/** Verdicts that lack what a source should have told; where counters stand still it has told all that there is. */
const LACKS_READINGS: ReadonlySet<VerdictReason> = new Set(['NO_DATA', 'DATA_POOR']);

/** The same verdict; where data are missing it says as well why they could not be read, and what leads out of that. */
export function tellingUnread(verdict: Verdict, unread: readonly Unread[], symptom: string): Verdict {
  if (!LACKS_READINGS.has(verdict.reason)) return verdict;
  const { guardrail: metric = symptom, target } = verdict;
  const concerns = (each: Unread): boolean =>
    each.metric === metric && (target === undefined || each.target === undefined || each.target === target);
  const own = unread.filter(concerns);
  return own.length === 0 ? verdict : { ...verdict, text: `${verdict.text}; ${sentences(own)}` };
}

function sentences(unread: readonly Unread[]): string {
  const named = unread.slice(0, MOST_NAMED);
  const told = named.map(({ metric, target, code, because }) => {
    const from = target === undefined ? '' : ` of ${target}`;
    return `${metric}${from} could not be read: ${because} (${code})`;
  });
  const more = unread.length > MOST_NAMED ? [`and ${unread.length - MOST_NAMED} more`] : [];
  const ways = [...new Set(named.flatMap(({ code }) => WAY_OUT[code] ?? []))];
  return [...told, ...more, ...ways].join('; ');
}

/** What may be done, where the reason does not say it. */
const WAY_OUT: Readonly<Record<UnreadCode, string | undefined>> = {
  METRICS_UNREACHABLE: 'see that it runs, that workers can reach it, and that it may be asked so often',
  METRICS_UNREADABLE: 'its own log says more; narrower selectors are easier to answer',
  METRICS_TOO_LARGE: undefined,
  METRICS_MISCONFIGURED: 'correct the metric in the policy file; `phased-rollback doctor` asks for it again',
  SECRET_MISSING: 'give the secret to the workers',
  UNEXPECTED: 'the log of the workers says more',
};

function short(because: string): string {
  return because.length > LONGEST ? `${because.slice(0, LONGEST - 1)}…` : because;
}
