import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cause } from '../../domain/alert/alert';
import { SYMPTOM_WORDS } from '../../domain/judge/symptom-words';
import type { SymptomKind } from '../../domain/judge/symptom-words';
import { symptomKind } from '../../domain/policy/policy';
import type { Pace, ServicePolicy } from '../../domain/policy/policy';
import { count, percent } from '../../domain/report';
import { allTraffic, forecastOf, heldAgainstPasts, playRuns, rehearsalOf } from '../../domain/simulation';
import type { Incident, PlayedRollback, Rehearsal } from '../../domain/simulation';
import { collect, configPath, withConfig, withDoorOptions } from '../cli';
import type { Cli, OutputOptions } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { lazy } from '../lazy';
import { parseLabels, parseServiceName } from '../names';
import { printJson, printText } from '../output';
import { readWindow } from '../past-window';
import type { WindowOptions } from '../past-window';
import { progress } from '../progress';
import type { Scene } from '../scene';
import { incidentOf, oldFailsOf, readShare, readWhole, simulatedPlan, simulatedTargets } from '../simulation-options';
import type { IncidentOptions } from '../simulation-options';
import { forecastText } from '../simulation-text';

interface SimulateOptions extends OutputOptions, IncidentOptions, WindowOptions {
  readonly config?: string;
  readonly cause: Cause;
  readonly pace?: Pace;
  readonly select: readonly string[];
  readonly baseline?: string;
  readonly runs: string;
  readonly seed: string;
  readonly report?: string;
  readonly samples?: boolean;
}

const MOST_RUNS = 100_000;
const LARGEST_SEED = 4_294_967_295;
const BASELINE = 0.001;
/** What a window of the past says by itself. */
const INVENTED = ['traffic', 'suspectFails', 'guardrail', 'bursts', 'gaps'];
const WINDOW = ['from', 'to', 'last', 'suspect', 'old'];
/** What a report says already, or what is said of chance alone. */
const NOT_OF_A_REPORT = [...INVENTED, ...WINDOW, 'oldFails', 'cause', 'pace', 'select', 'runs', 'seed'];

/** `simulate`: what a policy would have done in an incident, many times over, without touching anything. */
export function registerSimulate(program: Command, cli: Cli): void {
  withWindow(withConfig(withDoorOptions(program.command('simulate <service>'))))
    .description('what this policy would do in an incident, played many times; touches nothing')
    .option('--traffic <[target=]rate>', 'requests a second, of all targets or of one; may be repeated', collect, [])
    .option('--suspect-fails <share>', 'share of requests that fail on the suspect (default: 5%)')
    .option('--old-fails <share>', 'share that would fail on the old revision (default: 0.1%)')
    .option('--baseline <share>', 'share that failed before the suspect came (default: 0.1%)')
    .option(
      '--guardrail <name=old/suspect>',
      'bad shares of a guardrail (default: 2%/2%, or half its objective); may be repeated',
      collect,
      [],
    )
    .option('--bursts', 'failures come in bursts and clumps')
    .option('--gaps', 'a third of the scrapes is missing, a minute of them in a row')
    .addOption(
      new Option('--cause <cause>', 'what is wrong')
        .choices(['errors', 'latency', 'saturation', 'security', 'feedback', 'other'])
        .default('errors'),
    )
    .addOption(new Option('--pace <pace>', 'how fast it widens').choices(['surgical', 'balanced', 'express']))
    .option('--select <label=value>', 'only targets with this label; may be repeated', collect, [])
    .option('--runs <n>', 'how often it is played', '400')
    .option('--seed <n>', 'the same seed plays the same runs', '1')
    .addOption(
      new Option(
        '--report <number or file>',
        'judge the sample log of an earlier rollback again, by this policy',
      ).conflicts(NOT_OF_A_REPORT),
    )
    .option('--samples', 'with --report: print that log instead, as lines that judge reads')
    .action((service: string, options: SimulateOptions) => simulate(cli, service, options));
}

/** Adds the options that name a past and whose it is. */
function withWindow(command: Command): Command {
  return command
    .addOption(
      new Option('--last <duration>', 'play what the metric store remembers of the last 2h or 30m').conflicts([
        ...INVENTED,
        'from',
        'to',
      ]),
    )
    .addOption(new Option('--from <time>', 'the same from then on, as 2026-11-23T02:40:00Z').conflicts(INVENTED))
    .option('--to <time>', 'where that window ends (default: now)')
    .option('--suspect <revision>', 'whose past it is (default: the last release before its end)')
    .option('--old <revision>', 'the revision to go back to (default: the last known good before it)');
}

async function simulate(cli: Cli, serviceText: string, options: SimulateOptions): Promise<void> {
  const policy = await policyOf(cli, serviceText, options.config);
  if (options.report !== undefined) {
    const { report, config, baseline, output, samples = false } = options;
    const share = baseline === undefined ? {} : { baseline: readShare('--baseline', baseline) };
    return lazy
      .replay()
      .replay(cli, policy, report, { ...(config === undefined ? {} : { config }), ...share, output, samples });
  }
  if (options.samples) throw new CliError(EXIT.usage, '--samples prints the log of a report: name it with --report');
  const runs = readWhole('--runs', options.runs, 1, MOST_RUNS);
  const seed = readWhole('--seed', options.seed, 0, LARGEST_SEED);
  const scene = await sceneOf(cli, policy, options);
  const { incident } = scene;
  const baseline =
    options.baseline === undefined ? (scene.baseline ?? BASELINE) : readShare('--baseline', options.baseline);
  const played = {
    ...policy,
    timing: { ...policy.timing, ...(scene.intervalMs === undefined ? {} : { intervalMs: scene.intervalMs }) },
  };
  const { cause, pace } = options;
  const wishes = { cause, extent: parseLabels(options.select), ...(pace === undefined ? {} : { pace }) };
  const plan = simulatedPlan(played, wishes, incident, cli.now());
  const rehearsal = playable(rehearsalOf(played, plan), incident);
  const all = await playAll(cli, playRuns(rehearsal, incident, { runs, seed, baseline }), runs);
  const forecast = forecastOf(all, rehearsal, incident, baseline);
  if (options.output === 'json') {
    const { durations: _, ...told } = forecast;
    const { phases } = plan;
    return printJson(cli, {
      service: serviceText,
      seed,
      pace: plan.pace,
      cause,
      baseline,
      ...scene.told,
      phases,
      heldAgainstPast: heldAgainstPasts(rehearsal),
      forecast: told,
    });
  }
  const head = [
    `${serviceText}   ${plan.pace}; ${rateText(incident)}`,
    ...scene.lines,
    ...held(rehearsal),
    ...unseen(rehearsal),
  ];
  printText(cli, [...head, '', forecastText(forecast, cli, { seed, symptom: symptomKind(policy, cause) })].join('\n'));
}

/** The window of the past that the options name, else the incident that they invent. */
async function sceneOf(cli: Cli, policy: ServicePolicy, options: SimulateOptions): Promise<Scene> {
  const { cause } = options;
  const targets = simulatedTargets(policy, parseLabels(options.select));
  const window = readWindow(options, policy.timing.intervalMs, cli.now());
  if (window) {
    const oldFails = oldFailsOf(options);
    return lazy.pastScene().pastScene(cli, { policy, cause, targets, window, options, oldFails });
  }
  const { guardrails } = rehearsalOf(policy, { phases: [], extent: targets, cause });
  const incident = incidentOf(options, targets, guardrails);
  return { incident, lines: [failsText(incident, symptomKind(policy, cause))], told: { incident } };
}

/** Guardrails of which the incident shows nothing cannot be played. */
function playable({ guardrails, notSimulated, ...rest }: Rehearsal, { guardrails: shown = {} }: Incident): Rehearsal {
  const unknown = guardrails.filter(({ name }) => !Object.hasOwn(shown, name));
  return {
    ...rest,
    guardrails: guardrails.filter((each) => !unknown.includes(each)),
    notSimulated: [...notSimulated, ...unknown.map(({ name }) => name)],
  };
}

async function policyOf(cli: Cli, serviceText: string, config: string | undefined): Promise<ServicePolicy> {
  const { environment, service } = parseServiceName(serviceText);
  const { loadConfigFile, policyFor } = lazy.config();
  const found = policyFor(await loadConfigFile(configPath(cli, config)), environment, service);
  if (found.ok) return found.policy;
  throw new CliError(EXIT.usage, found.error);
}

/** Plays all runs; on a terminal says on stderr how far it is. */
async function playAll(cli: Cli, runs: Iterable<PlayedRollback>, all: number): Promise<readonly PlayedRollback[]> {
  const played: PlayedRollback[] = [];
  const said = progress(cli, all, 'runs');
  for (const run of runs) await said.done(played.push(run));
  said.end();
  return played;
}

function rateText(incident: Incident): string {
  const rate = allTraffic(incident);
  return `${rate < 10 ? Number(rate.toFixed(1)) : count(rate)} requests a second`;
}

function failsText({ current, stable, waves, gaps }: Incident, symptom: SymptomKind): string {
  const marks = [...(waves ? ['in bursts'] : []), ...(gaps ? ['with gaps in the metrics'] : [])];
  return `${SYMPTOM_WORDS[symptom].fails.padEnd(14)}${percent(current)} on the suspect, ${percent(stable)} on the old revision${marks.length > 0 ? `, ${marks.join(', ')}` : ''}`;
}

/** What a phase without a control holds guardrails against, of which the policy says nothing. */
function held(rehearsal: Rehearsal): readonly string[] {
  const names = heldAgainstPasts(rehearsal);
  return names.length === 0 ? [] : [`no control    held against what the suspect had before: ${names.join(', ')}`];
}

function unseen({ notSimulated }: Rehearsal): readonly string[] {
  return notSimulated.length === 0 ? [] : [`not simulated ${notSimulated.join(', ')}: taken to be quiet`];
}
