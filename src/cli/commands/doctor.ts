import type { Command } from 'commander';
import { configPath, withConfig, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import { examine } from '../examination';
import type { Finding } from '../examination';
import { EXIT } from '../exit-codes';
import { paint, printJson, printText } from '../output';

interface DoctorOptions extends DoorOptions {
  readonly config?: string;
}

const MARK = { ok: '✓', note: '·', bad: '✗' } as const;
const STYLE = { ok: 'green', note: 'yellow', bad: 'red' } as const;

/** `doctor`: what is there, what is missing, and how to get it; changes nothing. */
export function registerDoctor(program: Command, cli: Cli): void {
  withConfig(withDoorOptions(program.command('doctor')))
    .description('look at everything that is needed, with the fix beside what is missing (exit code 2: something is)')
    .action(async (options: DoctorOptions) => {
      const findings = await examine({
        configFile: configPath(cli, options.config),
        address: options.address,
        namespace: options.namespace,
        env: cli.env,
        now: () => cli.now(),
      });
      if (options.output === 'json') printJson(cli, findings);
      else for (const finding of findings) printText(cli, line(cli, finding));
      cli.exit = findings.some((finding) => finding.state === 'bad') ? EXIT.usage : EXIT.ok;
    });
}

function line(cli: Cli, { state, what, seen, fix }: Finding): string {
  const head = `${paint(MARK[state], STYLE[state], cli.out, cli.env)} ${what.padEnd(22)} ${seen}`;
  return fix === undefined ? head : `${head}\n  ${' '.repeat(22)} fix: ${fix}`;
}
