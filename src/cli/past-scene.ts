import { SYMPTOM_WORDS } from '../domain/judge/symptom-words';
import type { SymptomWords } from '../domain/judge/symptom-words';
import { symptomKind } from '../domain/policy/policy';
import type { ServicePolicy } from '../domain/policy/policy';
import { count, formatDuration, formatUtc, percent, plain } from '../domain/report';
import { pastIncident } from '../domain/simulation';
import type { PastIncident } from '../domain/simulation';
import type { Cause } from '../domain/alert/alert';
import type { Cli } from './cli';
import { CliError, EXIT } from './exit-codes';
import { revisionsOf } from './past-window';
import type { Revisions, Window, WindowOptions } from './past-window';
import { remembered } from './remembered';
import type { Memories } from './remembered';
import type { Scene } from './scene';
import { marksFor, profile } from './simulation-text';

/** What is asked of a past. */
export interface PastQuestion {
  readonly policy: ServicePolicy;
  readonly cause: Cause;
  readonly targets: readonly string[];
  readonly window: Window;
  readonly options: WindowOptions;
  /** What the old revision is taken to fail where the window does not show it, 0 to 1. */
  readonly oldFails: number;
}

/** A window of the metric store as a scene. Throws usage errors where nothing can be made of it. */
export async function pastScene(cli: Cli, question: PastQuestion): Promise<Scene> {
  const { policy, cause, targets, window, options, oldFails } = question;
  const revisions = await revisionsOf(cli, policy, options, window);
  const memories = await remembered(cli, { policy, cause, targets, revisions, window });
  const { intervalMs } = policy.timing;
  const laid = pastIncident(memories.targets, { from: window.from, to: window.to, intervalMs, oldFails });
  switch (laid.kind) {
    case 'empty':
      throw new CliError(
        EXIT.usage,
        `${window.said}: no request of ${revisions.suspect} on ${targets.join(', ')} from ${formatUtc(window.from)} to ${formatUtc(window.to)}; name a window in which it served, or the revision with --suspect${unaskedOf(memories)}`,
      );
    case 'short':
      throw new CliError(
        EXIT.usage,
        `${window.said}: ${revisions.suspect} had requests in ${laid.intervals} intervals only, which tell too little; name a longer window`,
      );
    case 'past':
      return sceneOf(cli, laid.past, { revisions, window, words: SYMPTOM_WORDS[symptomKind(policy, cause)] });
  }
}

/** Metrics may know the revision by a name that only the target could tell. */
function unaskedOf({ unread }: Memories): string {
  const names = Object.keys(unread).map(plain).join(', ');
  return names === '' ? '' : `; ${names} could not be asked by what other name metrics know it`;
}

/** Whose past it is, when it was, and how what went wrong in it is told. */
interface Told {
  readonly revisions: Revisions;
  readonly window: Window;
  readonly words: SymptomWords;
}

function sceneOf(cli: Cli, past: PastIncident, about: Told): Scene {
  const { revisions, window } = about;
  const { incident, intervalMs, baseline, intervals, unmeasured, oldSeen, guardedOld, unserved } = past;
  const { trace: _, guardedBefore: _before, ...told } = incident;
  const { from, to } = window;
  return {
    incident,
    intervalMs,
    ...(baseline === undefined ? {} : { baseline }),
    lines: [...windowLines(past, about), ...plotLines(cli, past, about.words)],
    told: {
      incident: told,
      past: { from, to, ...revisions, intervalMs, intervals, unmeasured, oldSeen, guardedOld, unserved },
    },
  };
}

function windowLines(past: PastIncident, { revisions, window: { from, to }, words }: Told): readonly string[] {
  const { incident, intervalMs, intervals, unmeasured, unserved } = past;
  const { suspect, old = 'the old revision' } = revisions;
  const gaps = unmeasured > 0 ? `, ${count(unmeasured)} of them without data` : '';
  return [
    `window        ${formatUtc(from)} to ${formatUtc(to)}`,
    `              ${count(intervals)} intervals of ${formatDuration(intervalMs)}${gaps}`,
    `${words.fails.padEnd(14)}${percent(incident.current)} on ${plain(suspect)}`,
    `              ${percent(incident.stable)} on ${plain(old)}${past.oldSeen ? '' : ', which is assumed'}`,
    ...Object.entries(incident.guardrails ?? {}).flatMap(([name, { stable, current }]) => [
      `guardrail     ${plain(name)}: ${percent(current)} on ${plain(suspect)}`,
      `              ${percent(stable)} on ${plain(old)}${past.guardedOld.includes(name) ? '' : ', which is assumed'}`,
    ]),
    ...(unserved.length > 0 ? [`not served    ${unserved.map(plain).join(', ')}: not in the plan`] : []),
  ];
}

function plotLines(cli: Cli, { incident, intervalMs }: PastIncident, { failing }: SymptomWords): readonly string[] {
  const traces = Object.values(incident.trace ?? {});
  const length = Math.max(0, ...traces.map((each) => each.length));
  const all = Array.from({ length }, (_, index) => traces.flatMap((each) => each[index] ?? []));
  const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
  const rates = all.map(
    (each) => sum(each.map(({ current, stable }) => current.requests + (stable?.requests ?? 0))) / (intervalMs / 1_000),
  );
  const ratios = all.map((each) => {
    const requests = sum(each.map(({ current }) => current.requests));
    return requests > 0 ? sum(each.map(({ current }) => current.bad)) / requests : 0;
  });
  const marks = marksFor(cli);
  const [traffic, failures] = [profile(rates, marks), profile(ratios, marks)];
  return [
    `requests      |${traffic.line}| up to ${count(traffic.most)} a second`,
    `${failing.padEnd(14)}|${failures.line}| up to ${percent(failures.most)}`,
  ];
}
