import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cause } from '../../domain/alert/alert';
import type { Pace, ServicePolicy } from '../../domain/policy/policy';
import { count, percent } from '../../domain/report';
import { allTraffic, forecastOf, playRuns, rehearsalOf } from '../../domain/simulation';
import type { Incident, PlayedRollback, Rehearsal } from '../../domain/simulation';
import { collect, configPath, withConfig, withOutput } from '../cli';
import type { Cli, OutputOptions } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { lazy } from '../lazy';
import { parseLabels, parseServiceName } from '../names';
import { printJson, printText } from '../output';
import { incidentOf, readShare, readWhole, simulatedPlan, simulatedTargets } from '../simulation-options';
import type { IncidentOptions } from '../simulation-options';
import { forecastText } from '../simulation-text';

interface SimulateOptions extends OutputOptions, IncidentOptions {
  readonly config?: string;
  readonly cause: Cause;
  readonly pace?: Pace;
  readonly select: readonly string[];
  readonly baseline?: string;
  readonly runs: string;
  readonly seed: string;
  readonly report?: string;
}

const MOST_RUNS = 100_000;
const LARGEST_SEED = 4_294_967_295;
const BASELINE = 0.001;
/** What a report says already, or what is said of chance alone. */
const INVENTED = [
  'traffic',
  'suspectFails',
  'oldFails',
  'guardrail',
  'bursts',
  'gaps',
  'cause',
  'pace',
  'select',
  'runs',
  'seed',
];

/** `simulate`: what a policy would have done in an incident, many times over, without touching anything. */
export function registerSimulate(program: Command, cli: Cli): void {
  withConfig(withOutput(program.command('simulate <service>')))
    .description('what this policy would do in an incident, played many times; touches nothing')
    .option('--traffic <[target=]rate>', 'requests a second, of all targets or of one; may be repeated', collect, [])
    .option('--suspect-fails <share>', 'share of requests that fail on the suspect (default: 5%)')
    .option('--old-fails <share>', 'share that would fail on the old revision (default: 0.1%)')
    .option('--baseline <share>', 'share that failed before the suspect came (default: 0.1%)')
    .option(
      '--guardrail <name=old/suspect>',
      'bad shares of a guardrail (default: 2%/2%); may be repeated',
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
      ).conflicts(INVENTED),
    )
    .action((service: string, options: SimulateOptions) => simulate(cli, service, options));
}

async function simulate(cli: Cli, serviceText: string, options: SimulateOptions): Promise<void> {
  const policy = await policyOf(cli, serviceText, options.config);
  if (options.report !== undefined) {
    const { report, config, baseline, output } = options;
    const share = baseline === undefined ? {} : { baseline: readShare('--baseline', baseline) };
    return lazy.replay().replay(cli, policy, report, { ...(config === undefined ? {} : { config }), ...share, output });
  }
  const runs = readWhole('--runs', options.runs, 1, MOST_RUNS);
  const seed = readWhole('--seed', options.seed, 0, LARGEST_SEED);
  const baseline = options.baseline === undefined ? BASELINE : readShare('--baseline', options.baseline);
  const extent = parseLabels(options.select);
  const targets = simulatedTargets(policy, extent);
  const { guardrails } = rehearsalOf(policy, { phases: [], extent: targets, cause: options.cause });
  const incident = incidentOf(
    options,
    targets,
    guardrails.map(({ name }) => name),
  );
  const { cause, pace } = options;
  const plan = simulatedPlan(policy, { cause, extent, ...(pace === undefined ? {} : { pace }) }, incident, cli.now());
  const rehearsal = rehearsalOf(policy, plan);
  const played = await playAll(cli, playRuns(rehearsal, incident, { runs, seed, baseline }), runs);
  const forecast = forecastOf(played, rehearsal, incident, baseline);
  if (options.output === 'json') {
    const { durations: _, ...told } = forecast;
    return printJson(cli, {
      service: serviceText,
      seed,
      pace: plan.pace,
      cause,
      baseline,
      incident,
      phases: plan.phases,
      forecast: told,
    });
  }
  printText(
    cli,
    [head(serviceText, plan.pace, incident), ...unseen(rehearsal), '', forecastText(forecast, cli, seed)].join('\n'),
  );
}

async function policyOf(cli: Cli, serviceText: string, config: string | undefined): Promise<ServicePolicy> {
  const { environment, service } = parseServiceName(serviceText);
  const { loadConfigFile, policyFor } = lazy.config();
  const found = policyFor(await loadConfigFile(configPath(cli, config)), environment, service);
  if (found.ok) return found.policy;
  throw new CliError(EXIT.usage, found.error);
}

const PROGRESS_MS = 200;

/** Plays all runs; on a terminal says on stderr how far it is. */
async function playAll(cli: Cli, runs: Iterable<PlayedRollback>, all: number): Promise<readonly PlayedRollback[]> {
  const played: PlayedRollback[] = [];
  let saidAt = cli.now();
  let said = false;
  for (const run of runs) {
    played.push(run);
    if (cli.err.isTTY !== true || cli.now() - saidAt < PROGRESS_MS) continue;
    saidAt = cli.now();
    said = true;
    cli.err.write(`\r${count(played.length)} of ${count(all)} runs`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (said) cli.err.write('\r\u001b[K');
  return played;
}

function head(service: string, pace: string, incident: Incident): string {
  const { current, stable, waves, gaps } = incident;
  const rate = allTraffic(incident);
  const marks = [...(waves ? ['in bursts'] : []), ...(gaps ? ['with gaps in the metrics'] : [])];
  return [
    `${service}   ${pace}; ${rate < 10 ? Number(rate.toFixed(1)) : count(rate)} requests a second`,
    `fails         ${percent(current)} on the suspect, ${percent(stable)} on the old revision${marks.length > 0 ? `, ${marks.join(', ')}` : ''}`,
  ].join('\n');
}

function unseen({ notSimulated }: Rehearsal): readonly string[] {
  return notSimulated.length === 0
    ? []
    : [`not simulated ${notSimulated.join(', ')}: gauges and events are taken to be quiet`];
}
