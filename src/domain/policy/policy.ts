import type { Cause, Severity } from '../alert/alert';
import type { BurstSetting, HarmMargin, Margins } from '../judge/settings';

/** How far the tool may go without a person. */
export type Mode = 'observe' | 'ask' | 'auto';

/** How fast a rollback widens. */
export type Pace = 'surgical' | 'balanced' | 'express';

/** JSON configuration that only the adapter of its `type` understands; secrets in it are references, never values. */
export type AdapterConfig = Readonly<Record<string, unknown>> & { readonly type: string };

/** One place where a service runs and whose share can be set. */
export interface TargetPolicy {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly adapter: AdapterConfig;
  /** Who makes a revision ready where the target cannot; an adapter of a target that is asked to `prepare`. */
  readonly prepare?: AdapterConfig;
  /**
   * The target through which its traffic comes, such as the route before a Deployment. It goes back once that one gets all
   * of its traffic from the old revision, and requests are counted there.
   */
  readonly behind?: string;
}

/** Where the requests of these targets are counted: each at itself, one that stands behind another at that other; each once. */
export function countedAt(policy: Pick<ServicePolicy, 'targets'>, names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => frontOf(policy.targets, name)))];
}

/** The target through which another's traffic comes: the one that it stands behind, else itself. */
export function frontOf(targets: readonly TargetPolicy[], name: string): string {
  return targets.find((target) => target.name === name)?.behind ?? name;
}

/** One measured signal of a service, per revision and target: cumulative requests and bad events, or what `measures` says. */
export interface MetricPolicy {
  readonly name: string;
  readonly kind: 'errors' | 'latency' | 'saturation';
  readonly provider: AdapterConfig;
  /**
   * What its source shows instead of requests and bad ones: all buckets of a histogram, of which the judge picks bounds; a
   * gauge; or events without requests. The latter two say whether things get worse, never whether going back helps.
   */
  readonly measures?: 'buckets' | 'gauge' | 'events';
  /** Of a gauge, the value above which stable is harmed; of events, how many an hour at full traffic are no harm. */
  readonly threshold?: number;
  /** Of a gauge: up to so many times the suspect's value, and so much in its own unit on top, stable is not harmed. */
  readonly margin?: HarmMargin;
  /** Of latency with a bound of its own: the seconds beyond which a request counts as bad. */
  readonly boundSeconds?: number;
  /** Highest acceptable share of bad events, 0 to 1. */
  readonly objective?: number;
  /** True where its harm, as a guardrail, counts twice among all that may halt a phase. */
  readonly critical?: true;
}

/** A phase written out by hand instead of derived from the pace. */
export interface PhasePolicy {
  readonly name: string;
  readonly select: Readonly<Record<string, string>>;
  /** Percent of each selected target on the old revision. */
  readonly weight: number;
  readonly approval: 'required' | 'automatic';
}

/** A readiness check that a team adds; the built-in ones need no entry. */
export type CheckPolicy = AdapterConfig;

/** Every duration of a rollback, in milliseconds. */
export interface TimingPolicy {
  readonly intervalMs: number;
  readonly settleMs: number;
  readonly longestBakeMs: number;
  readonly soakMs: number;
  /** Without a usable pair of samples for this long, the judge gives up and asks. */
  readonly noDataMs: number;
  /** Counters flat for this long count as no traffic. */
  readonly quietMs: number;
  /** How long to wait for the old revision's capacity before a fault. */
  readonly capacityMs: number;
  /** How long an approval is asked for before people are paged again. */
  readonly approvalMs: number;
  readonly reminderMs: number;
  /** Plan and readiness older than this are renewed before something moves. */
  readonly knowledgeMs: number;
  /** Target of full relief; phases are merged to meet it. */
  readonly reliefWithinMs: number;
  /** How long after a rollback the suspect should stay able to take its traffic back. */
  readonly keepWarmMs: number;
  /** How long after a rollback its targets are watched for drift; absent from what earlier releases carry. */
  readonly watchAfterMs?: number;
}

/** Which alerts concern a service, and when they count. */
export interface AlertPolicy {
  readonly match: Readonly<Record<string, string>>;
  readonly severities: readonly Severity[];
  readonly staleMs: number;
  readonly blameWindowMs: number;
  readonly coolDownMs: number;
  /** A revision is known good after this long at half the traffic or more without an admitted alert. */
  readonly knownGoodMs: number;
}

/** What is asked about the trouble before a plan is made. */
export interface AssessPolicy {
  /** Labels by which the failures are told apart, such as `region` and `route`. */
  readonly splitBy?: readonly string[];
  /** Labels of the classes that failures have, such as `code`, asked about where the old revision is worse. */
  readonly classes?: readonly string[];
}

/** Everything the tool needs to know about one service in one environment; a plain value that a run carries with it. */
export interface ServicePolicy {
  readonly environment: string;
  readonly service: string;
  readonly mode: Mode;
  readonly pace: Pace;
  readonly targets: readonly TargetPolicy[];
  readonly metrics: readonly MetricPolicy[];
  readonly phases: readonly PhasePolicy[];
  readonly checks: readonly CheckPolicy[];
  readonly notify: readonly AdapterConfig[];
  readonly archive: AdapterConfig;
  readonly alerts: AlertPolicy;
  readonly timing: TimingPolicy;
  readonly onHalt: 'stay' | 'unwind' | 'now';
  readonly onThinEvidence: 'ask' | 'advance';
  readonly onCoupled: 'ask' | 'widen';
  /** What a guardrail needs before a phase may proceed: proof that it is unharmed, or that nothing speaks against it. */
  readonly guardProof: 'required' | 'best-effort';
  /** How errors clump, instead of what history shows. */
  readonly burst?: BurstSetting;
  /** Nothing more than which release is to blame, and how much traffic there is, where nothing is said. */
  readonly assess?: AssessPolicy;
  /** What counts as help and as harm; the judge's own where nothing is said. */
  readonly margins?: Margins;
  /** Fingerprint of the slice, shown so that people can tell which policy a run carries. */
  readonly hash: string;
}

/** The metrics of a policy by what they are asked: whether the symptom gets better, whether any other gets worse. */
export interface JudgedMetrics {
  readonly symptom?: MetricPolicy;
  readonly guardrails: readonly MetricPolicy[];
}

/** What is measured of a service. */
type Measured = Pick<ServicePolicy, 'metrics'>;

/** So many guardrails can be judged at once: each makes it harder to prove anything of the others in time. */
export const MOST_GUARDRAILS = 6;

/** Splits the metrics by the cause of a rollback: its own is the symptom, and all others are guardrails. */
export function judgedMetrics(policy: Measured, cause: Cause): JudgedMetrics {
  const symptom = metricOf(policy, cause);
  if (!symptom) return { guardrails: [] };
  return { symptom, guardrails: policy.metrics.filter((metric) => metric !== symptom) };
}

/**
 * The guardrails where two revisions are compared: all other metrics, and a symptom of several bounds itself, for what
 * makes the median faster may make the slowest slower.
 */
export function guardrailsBeside({ symptom, guardrails }: JudgedMetrics): readonly MetricPolicy[] {
  return symptom?.measures === 'buckets' ? [symptom, ...guardrails] : guardrails;
}

/** The metric of the cause; for a cause without one, the first that has requests, which is then judged for harm alone. */
export function metricOf(policy: Measured, cause: Cause): MetricPolicy | undefined {
  return symptomOf(policy, cause) ?? withRequests(policy)[0];
}

/** What the metric shows that a cause is judged by; failures where there is none. */
export function symptomKind(policy: Measured, cause: Cause): MetricPolicy['kind'] {
  return metricOf(policy, cause)?.kind ?? 'errors';
}

/**
 * What can show that going back helps. A gauge cannot: a small cohort has another load per process than a large one. Nor
 * can events: none of them may mean that nobody was served.
 */
function withRequests({ metrics }: Measured): readonly MetricPolicy[] {
  return metrics.filter(({ measures }) => measures === undefined || measures === 'buckets');
}

/** The metric that shows the trouble of this cause, or undefined when the policy has none of its kind. */
export function symptomOf(policy: Measured, cause: Cause): MetricPolicy | undefined {
  const metrics = withRequests(policy);
  const ofKind = (kind: MetricPolicy['kind']): MetricPolicy | undefined => metrics.find((each) => each.kind === kind);
  switch (cause) {
    case 'errors':
    case 'latency':
      return ofKind(cause);
    case 'saturation':
      return ofKind('saturation') ?? ofKind('latency') ?? metrics[0];
    case 'security':
    case 'feedback':
    case 'other':
      return undefined;
  }
}
