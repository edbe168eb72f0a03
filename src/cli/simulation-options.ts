import type { Cause } from '../domain/alert/alert';
import type { Census, RollbackPlan } from '../domain/plan';
import { hasLabels, planRollback } from '../domain/plan';
import type { Pace, ServicePolicy } from '../domain/policy/policy';
import { BURSTY, usualGuardrails } from '../domain/simulation';
import type { Incident, Rehearsal, World } from '../domain/simulation';
import { CliError, EXIT } from './exit-codes';

/** What is said of an incident on the command line. */
export interface IncidentOptions {
  readonly traffic: readonly string[];
  readonly suspectFails?: string;
  readonly oldFails?: string;
  readonly guardrail: readonly string[];
  readonly bursts?: boolean;
  readonly gaps?: boolean;
}

const TRAFFIC = 100;
const SUSPECT_FAILS = 0.05;
const OLD_FAILS = 0.001;
const GAPS = { scrape: 0.3, blackout: true, restart: 0.02 };

/** The incident that these options describe, over the targets of a policy. Throws usage errors that name option and value. */
export function incidentOf(
  options: IncidentOptions,
  targets: readonly string[],
  guardrails: Rehearsal['guardrails'],
): Incident {
  return {
    traffic: trafficOf(options.traffic, targets),
    current: options.suspectFails === undefined ? SUSPECT_FAILS : readShare('--suspect-fails', options.suspectFails),
    stable: oldFailsOf(options),
    ...(options.bursts ? BURSTY : {}),
    ...(options.gaps ? { gaps: GAPS } : {}),
    ...(guardrails.length > 0 ? { guardrails: guardedBy(options.guardrail, guardrails) } : {}),
  };
}

/** What the old revision is taken to fail, 0 to 1. */
export function oldFailsOf({ oldFails }: Pick<IncidentOptions, 'oldFails'>): number {
  return oldFails === undefined ? OLD_FAILS : readShare('--old-fails', oldFails);
}

/** A share such as `5%` or `0.05`. */
export function readShare(option: string, text: string): number {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  const share = percent ? Number(percent[1]) / 100 : text.trim() === '' ? NaN : Number(text);
  if (share >= 0 && share <= 1) return share;
  throw new CliError(EXIT.usage, `${option} ${text}: write a share of the requests such as 5% or 0.05, at most 100%`);
}

/** A whole number from `least` to `most`. */
export function readWhole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new CliError(EXIT.usage, `${option} ${text}: write a whole number from ${least} to ${most}`);
}

function trafficOf(given: readonly string[], targets: readonly string[]): Incident['traffic'] {
  const named = given.filter((text) => text.includes('='));
  const [total = String(TRAFFIC * targets.length)] = given.filter((text) => !text.includes('='));
  const each = readRate(total, total) / targets.length;
  const traffic = Object.fromEntries(targets.map((target) => [target, each]));
  for (const text of named) {
    const at = text.lastIndexOf('=');
    const target = text.slice(0, at);
    if (!targets.includes(target)) throw unknown('--traffic', text, 'target', target, targets);
    traffic[target] = readRate(text, text.slice(at + 1));
  }
  return traffic;
}

function readRate(shown: string, text: string): number {
  const rate = text.trim() === '' ? NaN : Number(text);
  if (rate > 0 && rate <= 1_000_000) return rate;
  throw new CliError(EXIT.usage, `--traffic ${shown}: write requests a second above 0, such as 120 or eu=80`);
}

function guardedBy(given: readonly string[], guardrails: Rehearsal['guardrails']): NonNullable<World['guardrails']> {
  const names = guardrails.map(({ name }) => name);
  const ratios = new Map(Object.entries(usualGuardrails(guardrails)));
  for (const text of given) {
    const at = text.lastIndexOf('=');
    const [name, pair] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
    if (!names.includes(name)) throw unknown('--guardrail', text, 'guardrail that counts bad requests', name, names);
    const [stable, current, ...rest] = pair.split('/');
    if (stable === undefined || current === undefined || rest.length > 0)
      throw new CliError(EXIT.usage, `--guardrail ${text}: write <name>=<old>/<suspect>, such as ${name}=12%/2%`);
    ratios.set(name, { stable: readShare('--guardrail', stable), current: readShare('--guardrail', current) });
  }
  return Object.fromEntries(ratios);
}

function unknown(option: string, text: string, kind: string, name: string, known: readonly string[]): CliError {
  const list = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none';
  return new CliError(EXIT.usage, `${option} ${text}: the policy has no ${kind} "${name}"; ${list}`);
}

/** What a plan is asked for. */
export interface PlanWishes {
  readonly cause: Cause;
  readonly pace?: Pace;
  readonly extent: Readonly<Record<string, string>>;
}

const WINDOW_MS = 60_000;

/** The targets that a simulated rollback concerns. Throws where the labels select none. */
export function simulatedTargets(policy: ServicePolicy, extent: PlanWishes['extent']): readonly string[] {
  const counted = policy.targets.filter(({ behind }) => behind === undefined);
  const found = counted.filter((target) => hasLabels(target, extent)).map(({ name }) => name);
  if (found.length > 0) return found;
  throw new CliError(
    EXIT.usage,
    `--select: no target has these labels; the policy has ${counted.map(({ name }) => name).join(', ')}`,
  );
}

/** The plan that the policy makes where all of these targets serve the suspect and the old revision has capacity. */
export function simulatedPlan(
  policy: ServicePolicy,
  { cause, pace, extent }: PlanWishes,
  incident: Incident,
  now: number,
): RollbackPlan {
  const [fromRevision, toRevision] = ['suspect', 'old'];
  const names = Object.keys(incident.traffic);
  const seconds = WINDOW_MS / 1_000;
  const traffic = Object.entries(incident.traffic).map(([target, rate]) => ({
    target,
    requests: rate * seconds,
    bad: rate * seconds * incident.current,
  }));
  const planned = planRollback({
    policy,
    request: {
      environment: policy.environment,
      service: policy.service,
      number: 1,
      trigger: { kind: 'person', by: 'simulate', reason: 'simulated', at: now },
      cause,
      mode: 'auto',
      ...(pace === undefined ? {} : { pace }),
      extent,
      course: 'forward',
      releases: [],
      quarantined: [],
      alertedAt: [],
    },
    assessment: {
      kind: 'blamed',
      fromRevision,
      toRevision,
      extent: names,
      because: 'simulated',
      traffic: { windowMs: WINDOW_MS, targets: traffic },
    },
    census: censusOf(names, now),
    atOnce: false,
    now,
  });
  if (planned.kind === 'plan') return planned.plan;
  throw new CliError(EXIT.failed, `the policy makes no plan for this (${planned.code}): ${planned.detail}`);
}

function censusOf(names: readonly string[], at: number): Census {
  const ready = { readyCapacity: 100, readyInstances: 1 };
  const revisions = [
    { revision: 'suspect', weight: 100, ...ready },
    { revision: 'old', weight: 0, ...ready },
  ];
  return Object.fromEntries(names.map((target) => [target, { target, revisions, at }]));
}
