import { Option } from 'commander';
import type { Command } from 'commander';
import type { Preview } from '../../contracts/preview';
import type { Cause } from '../../domain/alert/alert';
import type { Pace } from '../../domain/policy/policy';
import type { CheckResult } from '../../domain/readiness';
import { formatDuration, narrowerText, plain, renderScript, selectFlags, shareText } from '../../domain/report';
import { collect, throughDoor, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { lazy } from '../lazy';
import { parseLabels, parseServiceName } from '../names';
import { printScript } from '../script';
import { printJson, printText, renderTable } from '../output';

interface PlanOptions extends DoorOptions {
  readonly from?: string;
  readonly to?: string;
  readonly cause: Cause;
  readonly pace?: Pace;
  readonly select: readonly string[];
  readonly script?: boolean;
}

/** `plan`: what a rollback would do now; reads the targets, changes nothing. */
export function registerPlan(program: Command, cli: Cli): void {
  withDoorOptions(program.command('plan <service>'))
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
    .option('--script', 'print the steps as a shell script instead, for the case that nothing of ours answers')
    .action((service: string, options: PlanOptions) => plan(cli, service, options));
}

async function plan(cli: Cli, serviceText: string, options: PlanOptions): Promise<void> {
  const service = parseServiceName(serviceText);
  const extent = parseLabels(options.select);
  await throughDoor(cli, options, async (door) => {
    const found = await door.preview(service, {
      cause: options.cause,
      ...(options.from === undefined ? {} : { fromRevision: options.from }),
      ...(options.to === undefined ? {} : { toRevision: options.to }),
      ...(options.pace === undefined ? {} : { pace: options.pace }),
      ...(Object.keys(extent).length > 0 ? { extent } : {}),
    });
    if (options.script && found.kind === 'plan')
      printScript(cli, serviceText, found.byHand && renderScript(found.byHand, { name: serviceText, asOf: cli.now() }));
    else if (options.output === 'json') printJson(cli, found);
    else if (found.kind === 'plan')
      printText(
        cli,
        planText(serviceText, found, () => cli.now()),
      );
    if (found.kind === 'none' && options.output === 'text') {
      throw new CliError(
        EXIT.failed,
        `there is no plan for ${serviceText} now (${found.code}): ${plain(found.detail)}`,
      );
    }
    return found.kind === 'plan' ? EXIT.ok : EXIT.failed;
  });
}

type Planned = Extract<Preview, { kind: 'plan' }>;

function planText(service: string, preview: Planned, now: () => number): string {
  const { plan: found, checks } = preview;
  const rows = found.phases.map((phase) => [
    String(phase.index + 1),
    phase.weights
      .map(({ target, weight }) => plain(`${target} ${shareText(weight, found.units?.[target])}`))
      .join(', '),
    phase.gate,
    phase.because,
  ]);
  const outside = found.outside.map(({ target, because }) => `not in it   ${plain(target)}: ${plain(because)}`);
  const doubts = checks.filter((check) => check.status !== 'pass');
  return [
    `${service}   ${plain(found.fromRevision)} (suspect) → ${plain(found.toRevision)}   ${found.pace}, for ${found.cause}`,
    `because     ${plain(found.because)}`,
    `full relief about ${formatDuration(found.expectedReliefMs)} after the first shift`,
    ...lazy.outlook().outlookText(preview, now),
    ...outside,
    ...smallerText(service, found),
    '',
    renderTable(['PHASE', 'WEIGHTS', 'GATE', 'BECAUSE'], rows),
    '',
    `${checks.length - doubts.length} of ${checks.length} checks pass${doubts.length > 0 ? '; the others:' : ''}`,
    ...doubts.map(checkLine),
    '',
    `Nothing was changed. To do it: phased-rollback start ${service}`,
  ].join('\n');
}

function smallerText(service: string, { narrower }: Planned['plan']): readonly string[] {
  if (!narrower) return [];
  return [
    `less        would do: ${narrowerText(narrower)}`,
    `            phased-rollback start ${service} ${selectFlags(narrower)}`,
  ];
}

function checkLine({ check, target, status, evidence, fix, code }: CheckResult): string {
  const where = target === undefined ? '' : ` (${plain(target)})`;
  return `  ${status.padEnd(8)}${plain(check)}${where}${code === undefined ? '' : ` ${code}`}: ${plain(evidence)}${fix === undefined ? '' : ` → ${plain(fix)}`}`;
}
