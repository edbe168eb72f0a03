/** What a symptom shows: failed requests, slow ones, or requests that met something overloaded. */
export type SymptomKind = 'errors' | 'latency' | 'saturation';

/** How what goes wrong is told of a symptom, so that nobody reads of failures where requests are slow. */
export interface SymptomWords {
  /** Before counts: `v41 failed 26 of 500`. */
  readonly did: string;
  /** Of one revision: `v41 fails now`. */
  readonly fails: string;
  /** Of one revision held against the other. */
  readonly failsMore: string;
  /** Of both revisions. */
  readonly fail: string;
  /** What it is proven to do: `to fail at most 1.5 times as often`. */
  readonly toFail: string;
  /** What a share is of: `0.7 times what v42 failed`. */
  readonly had: string;
  /** What is counted. */
  readonly failures: string;
  /** What each of those is that are counted, where users are meant. */
  readonly requests: string;
  /** Heads what goes on at present. */
  readonly failing: string;
}

/** The words of each kind. */
export const SYMPTOM_WORDS: Readonly<Record<SymptomKind, SymptomWords>> = {
  errors: {
    did: 'failed',
    fails: 'fails',
    failsMore: 'fails more',
    fail: 'fail',
    toFail: 'to fail',
    had: 'failed',
    failures: 'failures',
    requests: 'failed requests',
    failing: 'failing',
  },
  latency: {
    did: 'was slow in',
    fails: 'is slow',
    failsMore: 'is slow more often',
    fail: 'are slow',
    toFail: 'to be slow',
    had: 'had slow',
    failures: 'slow requests',
    requests: 'slow requests',
    failing: 'slow',
  },
  saturation: {
    did: 'was saturated in',
    fails: 'is saturated',
    failsMore: 'is saturated more often',
    fail: 'are saturated',
    toFail: 'to be saturated',
    had: 'had saturated',
    failures: 'saturated requests',
    requests: 'saturated requests',
    failing: 'saturated',
  },
};
