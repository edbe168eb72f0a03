import type { Command } from 'commander';
import { configPath, withConfig, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import { examineService } from '../doctor/service';
import { examine } from '../examination';
import type { Examined, Finding } from '../examination';
import { CliError, EXIT } from '../exit-codes';
import { parseServiceName } from '../names';
import { paint, printJson, printText } from '../output';

interface DoctorOptions extends DoorOptions {
  readonly config?: string;
  readonly tryShift?: boolean;
}

const MARK = { ok: '✓', note: '·', bad: '✗' } as const;
const STYLE = { ok: 'green', note: 'yellow', bad: 'red' } as const;

/** `doctor`: what is there, what is missing, and how to get it; changes nothing unless it is told to try. */
export function registerDoctor(program: Command, cli: Cli): void {
  withConfig(withDoorOptions(program.command('doctor [service]')))
    .description(
      'look at everything that is needed, or at all that a rollback of one service would need, with the fix beside what is missing (exit code 2: something is)',
    )
    .option(
      '--try-shift',
      'with a service: have every target set the share that it serves already, which moves nothing',
    )
    .action(async (service: string | undefined, options: DoctorOptions) => {
      const findings = await look(cli, service, options);
      if (options.output === 'json') printJson(cli, findings);
      else for (const finding of findings) printText(cli, line(cli, finding));
      cli.exit = findings.some((finding) => finding.state === 'bad') ? EXIT.usage : EXIT.ok;
    });
}

async function look(cli: Cli, service: string | undefined, options: DoctorOptions): Promise<readonly Finding[]> {
  const { address, namespace, tryShift = false } = options;
  const examined: Examined = {
    configFile: configPath(cli, options.config),
    address,
    namespace,
    env: cli.env,
    now: () => cli.now(),
  };
  if (service !== undefined)
    return examineService({
      ...examined,
      service: parseServiceName(service),
      tryShift,
      openDoor: () => cli.openDoor({ address, namespace }),
    });
  if (tryShift)
    throw new CliError(EXIT.usage, '--try-shift needs a service: phased-rollback doctor prod/checkout --try-shift');
  return examine(examined);
}

function line(cli: Cli, { state, what, seen, fix }: Finding): string {
  const head = `${paint(MARK[state], STYLE[state], cli.out, cli.env)} ${what.padEnd(22)} ${seen}`;
  return fix === undefined ? head : `${head}\n  ${' '.repeat(22)} fix: ${fix}`;
}
