import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cause } from '../../domain/alert/alert';
import type { Pace } from '../../domain/policy/policy';
import { formatDuration, plain, weightText } from '../../domain/report';
import { collect, configPath, throughDoor, withConfig, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { parseLabels, parseServiceName } from '../names';
import { printJson, printText, renderTable } from '../output';
import type { Preview } from '../preview';
import { lazy } from '../lazy';

interface PlanOptions extends DoorOptions {
  readonly config?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cause: Cause;
  readonly pace?: Pace;
  readonly select: readonly string[];
}

/** `plan`: what a rollback would do now; reads the targets, changes nothing. */
export function registerPlan(program: Command, cli: Cli): void {
  withConfig(withDoorOptions(program.command('plan <service>')))
    .description('show what a rollback would do now; reads the targets, changes nothing')
    .option('--from <revision>', 'the suspect (default: the newest release)')
    .option('--to <revision>', 'where to go back to (default: the last known good)')
    .addOption(
      new Option('--cause <cause>', 'what would be wrong')
        .choices(['errors', 'latency', 'saturation', 'security', 'feedback', 'other'])
        .default('errors'),
    )
    .addOption(new Option('--pace <pace>', 'how fast it would widen').choices(['surgical', 'balanced', 'express']))
    .option('--select <label=value>', 'only targets with this label; may be repeated', collect, [])
    .action((service: string, options: PlanOptions) => plan(cli, service, options));
}

async function plan(cli: Cli, serviceText: string, options: PlanOptions): Promise<void> {
  const service = parseServiceName(serviceText);
  const extent = parseLabels(options.select);
  const { preview } = lazy.preview();
  await throughDoor(cli, options, async (door) => {
    const found = await preview({
      service,
      view: await door.serviceView(service),
      configFile: configPath(cli, options.config),
      fromRevision: options.from,
      toRevision: options.to,
      cause: options.cause,
      pace: options.pace,
      extent: Object.keys(extent).length > 0 ? extent : undefined,
      now: cli.now(),
    });
    if (options.output === 'json') printJson(cli, found);
    else if (found.kind === 'plan') printText(cli, planText(serviceText, found));
    if (found.kind === 'none' && options.output === 'text') {
      throw new CliError(
        EXIT.failed,
        `there is no plan for ${serviceText} now (${found.code}): ${plain(found.detail)}`,
      );
    }
    return found.kind === 'plan' ? EXIT.ok : EXIT.failed;
  });
}

function planText(service: string, { plan: found, unreadable }: Extract<Preview, { kind: 'plan' }>): string {
  const rows = found.phases.map((phase) => [
    String(phase.index + 1),
    phase.weights.map(({ target, weight }) => `${target} ${weightText(weight)} %`).join(', '),
    phase.gate,
    phase.because,
  ]);
  const outside = found.outside.map(({ target, because }) => `not in it   ${plain(target)}: ${plain(because)}`);
  const unread = unreadable.map(({ target, detail }) => `not read    ${plain(target)}: ${plain(detail)}`);
  return [
    `${service}   ${plain(found.fromRevision)} (suspect) → ${plain(found.toRevision)}   ${found.pace}, for ${found.cause}`,
    `because     ${plain(found.because)}`,
    `full relief about ${formatDuration(found.expectedReliefMs)} after the first shift`,
    ...outside,
    ...unread,
    '',
    renderTable(['PHASE', 'WEIGHTS', 'GATE', 'BECAUSE'], rows),
    '',
    'Nothing was changed. To do it: phased-rollback start ' + service,
  ].join('\n');
}
