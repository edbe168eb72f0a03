import type { Preview } from '../contracts/preview';
import { SYMPTOM_WORDS } from '../domain/judge/symptom-words';
import { SHIFT_MS } from '../domain/plan/relief';
import { wholeShare } from '../domain/plan/share';
import { count, formatDuration, percent, plain, shareText } from '../domain/report';
import { allTraffic, forecastOf, generator, playPhase, playRuns, spread, usualGuardrails } from '../domain/simulation';
import type { Forecast, Incident, PlayedRollback, Rehearsal } from '../domain/simulation';

const RUNS = 60;
const SEED = 1;
/** A plan is read by somebody in a hurry. */
const LIMIT_MS = 500;
const BASELINE = 0.001;
const LARGEST_SHARE = 50;
const ASSUMED = { current: 0.05, stable: 0.001 };

type Planned = Extract<Preview, { readonly kind: 'plan' }>;

/**
 * What a plan is expected to do at the traffic that was measured, by a few dozen simulated runs: how long to full relief
 * and in each phase, how often it would stop wrongly, and what a larger first share would buy. Empty where no traffic is
 * known. Plays for at most a second by `now`.
 */
export function outlookText(found: Planned, now: () => number): readonly string[] {
  const { rehearsal, plan } = found;
  const read = incidentOf(found);
  if (!rehearsal || !read || !rehearsal.asksForHelp) return [];
  const { incident, assumesFailures } = read;
  const played = withinLimit(playRuns(rehearsal, incident, { runs: RUNS, seed: SEED, baseline: BASELINE }), now);
  const forecast = forecastOf(played, rehearsal, incident, BASELINE);
  const rate = allTraffic(incident);
  const assumed = assumesFailures ? ' (assumed)' : '';
  const { fail } = SYMPTOM_WORDS[rehearsal.symptom ?? 'errors'];
  return [
    `outlook     ${count(forecast.runs)} simulated runs at ${rate < 10 ? Number(rate.toFixed(1)) : count(rate)} requests a second, of which ${percent(incident.current)}${assumed} ${fail} on ${plain(plan.fromRevision)} and ${percent(incident.stable)} (assumed) on ${plain(plan.toRevision)}:`,
    `            ${reliefText(forecast)}; wrong halt in ${count((forecast.wrongHalt ?? 0) * forecast.runs)}`,
    `            phases take about ${forecast.phases.map(({ ms }) => (ms ? formatDuration(ms.p50) : 'unknown')).join(' · ')}`,
    `            ${exposedText(plan, forecast, fail)}`,
    ...largerShareText(found, rehearsal, incident, forecast, now),
  ];
}

function reliefText({ reliefMs, finished, runs }: Forecast): string {
  if (!reliefMs) return 'none comes to full relief by itself';
  return `${count(finished * runs)} come to full relief by themselves, half of them within ${formatDuration(reliefMs.p50)}, 19 of 20 within ${formatDuration(reliefMs.p95)}`;
}

function exposedText({ fromRevision }: Planned['plan'], { exposed, failed }: Forecast, fail: string): string {
  return `${plain(fromRevision)} serves about ${count(exposed.phased.p50)} requests meanwhile (exposed; in one jump ${count(exposed.atOnce.p50)}, doing nothing ${count(exposed.idle.p50)}), and about ${count(failed.phased.p50)} requests ${fail}`;
}

/** What one step up from the first share would do to the first phase. */
function largerShareText(
  { plan }: Planned,
  rehearsal: Rehearsal,
  incident: Incident,
  { phases: [planned] }: Forecast,
  now: () => number,
): readonly string[] {
  const [first] = rehearsal.phases;
  const share = Math.max(0, ...(first?.weights ?? []).map(({ weight }) => weight));
  if (!first || !planned?.ms || share === 0 || share >= LARGEST_SHARE) return [];
  const units = first.weights[0] && plan.units?.[first.weights[0].target];
  const larger = wholeShare(share < 25 ? 25 : LARGEST_SHARE, units);
  if (larger <= share) return [];
  const phase = { ...first, weights: first.weights.map(({ target }) => ({ target, weight: larger })) };
  const begun = now();
  const tried: number[] = [];
  for (let run = 0; run < RUNS && now() - begun < LIMIT_MS; run += 1) {
    tried.push(
      playPhase(rehearsal, phase, incident, { baseline: BASELINE, beginsAt: 0, onCoupled: 'ask' }, generator(SEED, run))
        .bakedMs,
    );
  }
  const saved = planned.ms.p50 - SHIFT_MS - spread(tried).p50;
  const told = saved > 0 ? `about ${formatDuration(saved)} sooner` : 'no sooner';
  return [
    `            a first share of ${shareText(larger, units)} instead of ${shareText(share, units)} would be judged ${told}`,
  ];
}

function withinLimit(runs: Iterable<PlayedRollback>, now: () => number): readonly PlayedRollback[] {
  const begun = now();
  const played: PlayedRollback[] = [];
  for (const run of runs) {
    played.push(run);
    if (now() - begun > LIMIT_MS) break;
  }
  return played;
}

/** The incident as it was measured; a suspect that hardly fails now is played as if it failed one in twenty. */
function incidentOf({
  plan,
  rehearsal,
  traffic,
}: Planned): { readonly incident: Incident; readonly assumesFailures: boolean } | undefined {
  if (!traffic || traffic.windowMs <= 0) return undefined;
  const measured = traffic.targets.filter(({ target, requests }) => requests > 0 && plan.extent.includes(target));
  if (measured.length < plan.extent.length) return undefined;
  const requests = measured.reduce((sum, each) => sum + each.requests, 0);
  const ratio = measured.reduce((sum, each) => sum + each.bad, 0) / requests;
  const seconds = traffic.windowMs / 1_000;
  const guardrails = rehearsal?.guardrails ?? [];
  const assumesFailures = ratio <= 2 * (rehearsal?.objective ?? BASELINE);
  const incident = {
    traffic: Object.fromEntries(measured.map((each) => [each.target, each.requests / seconds])),
    current: assumesFailures ? ASSUMED.current : ratio,
    stable: ASSUMED.stable,
    ...(guardrails.length > 0 ? { guardrails: usualGuardrails(guardrails) } : {}),
  };
  return { incident, assumesFailures };
}
