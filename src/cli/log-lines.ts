import { loggedPhases, recounted } from '../domain/simulation';
import type { LoggedPhase, Rehearsal, ReplayedReport } from '../domain/simulation';
import type { SeriesReading } from '../domain/judge/sample';
import { MOST_GUARDRAILS } from './recorded-runs';

/** What the log of a report is made into lines by. */
export interface LinesOrder {
  readonly id: string;
  readonly report: ReplayedReport;
  readonly settings: Rehearsal;
  /** Share that failed before the suspect came, 0 to 1, where it is known. */
  readonly baseline?: number;
}

/**
 * The log of a report as the JSON Lines that `judge` reads, a run for each phase of which there are samples. Guardrails
 * are those that count bad ones among requests, at most six.
 */
export function logLines({ id, report, settings, baseline }: LinesOrder): readonly string[] {
  const counted = settings.guardrails.filter(({ measure }) => measure === undefined).map(({ name }) => name);
  return loggedPhases(report)
    .filter(({ looks }) => looks.length > 0)
    .flatMap((log) => {
      const guardrails = log.hasGuardrails ? counted.slice(0, MOST_GUARDRAILS) : [];
      return [
        header({ id, settings, log, guardrails, baseline }),
        ...historyOf(log, settings),
        ...samplesOf(log, guardrails),
      ];
    })
    .map((line) => JSON.stringify(line));
}

interface HeaderOrder extends Pick<LinesOrder, 'id' | 'settings'> {
  readonly log: LoggedPhase;
  readonly guardrails: readonly string[];
  readonly baseline: number | undefined;
}

function header({ id, settings, log, guardrails, baseline }: HeaderOrder): object {
  const { intervalMs, settleMs, longestBakeMs } = settings.timing;
  return {
    type: 'run',
    id: `${id} phase ${log.phase.number}`,
    policy: {
      objective: settings.objective,
      baseline,
      intervalSeconds: intervalMs / 1000,
      settleSeconds: settleMs / 1000,
      maxBakeSeconds: longestBakeMs / 1000,
      guardrails: guardrails.map(keyOf),
      targets: Object.fromEntries(log.weights.map(({ target, weight }) => [target, weight])),
      control: !log.phase.noControl,
    },
  };
}

function historyOf({ before }: LoggedPhase, { timing }: Rehearsal): readonly object[] {
  return before.map(({ requests, bad }, index) => ({
    type: 'history',
    t: ((index - before.length) * timing.intervalMs) / 1000,
    current: { requests, errors: bad },
  }));
}

function samplesOf({ phase, looks, weights }: LoggedPhase, guardrails: readonly string[]): readonly object[] {
  const read = recounted(
    weights.map(({ target }) => target),
    guardrails,
  );
  return looks.map((look) => {
    const at = look.at - phase.appliedAt;
    const seen = read(look, at);
    const targets = seen.strata.map(({ target, stable, current }, place) => {
      const side = (cohort: 'stable' | 'current', [reading]: readonly SeriesReading[]): object | null => {
        if (!reading) return null;
        const guarded = guardrails.map((name) => [keyOf(name), slowIn(seen.guardrails[name]?.[place]?.[cohort])]);
        return { requests: reading.requests, errors: reading.bad, ...Object.fromEntries(guarded) };
      };
      return [target, { stable: side('stable', stable), current: side('current', current) }];
    });
    return { type: 'sample', t: at / 1000, targets: Object.fromEntries(targets) };
  });
}

function slowIn([reading]: readonly SeriesReading[] = []): object | null {
  return reading ? { slow: reading.bad, requests: reading.requests } : null;
}

/** Its key beside the counts of its cohort, whose own keys are taken. */
function keyOf(guardrail: string): string {
  return guardrail === 'requests' || guardrail === 'errors' ? `${guardrail} (guardrail)` : guardrail;
}
