import { createInterface } from 'node:readline/promises';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { configPath, withConfig } from '../cli';
import type { Cli } from '../cli';
import { lookAround } from '../surroundings';
import { CliError, EXIT } from '../exit-codes';
import { printNote, printText } from '../output';
import { policyTemplate, TEMPLATE_DEFAULTS } from '../policy-template';
import type { TemplateFacts } from '../policy-template';

interface InitOptions {
  readonly config?: string;
  readonly yes?: boolean;
}

/** `init`: a first policy file; asks on a terminal, and never overwrites. */
export function registerInit(program: Command, cli: Cli): void {
  withConfig(program.command('init'))
    .description('write a first policy file; asks on a terminal, never overwrites')
    .option('-y, --yes', 'ask nothing, write the defaults')
    .action((options: InitOptions) => init(cli, options));
}

async function init(cli: Cli, options: InitOptions): Promise<void> {
  const path = configPath(cli, options.config);
  if (existsSync(path)) throw alreadyThere(path);
  const { seen } = await lookAround();
  for (const line of seen) printNote(cli, `seen: ${line}`);
  const asks = !options.yes && cli.out.isTTY === true && cli.in.isTTY === true;
  const answers = asks ? await ask(cli) : TEMPLATE_DEFAULTS;
  await writeNew(path, policyTemplate({ ...answers, seen }));
  printText(cli, `wrote ${path}`);
  printText(cli, `next: edit it, then  phased-rollback config validate  and  phased-rollback doctor`);
  printText(cli, `then: phased-rollback dev        starts everything on this machine`);
}

async function ask(cli: Cli): Promise<Omit<TemplateFacts, 'seen'>> {
  const questions = createInterface({ input: cli.in, output: cli.err });
  const given = questions[Symbol.asyncIterator]();
  try {
    const answer = async (question: string, fallback: string, problem: (text: string) => string | undefined) => {
      for (;;) {
        cli.err.write(`${question} [${fallback}]: `);
        const line = await given.next();
        const text = (line.done ? '' : line.value.trim()) || fallback;
        const wrong = problem(text);
        if (wrong === undefined) return text;
        printNote(cli, wrong);
      }
    };
    return {
      service: await answer('Name of the service', TEMPLATE_DEFAULTS.service, nameProblem),
      targetUrl: await answer(
        'Address of the hook that sets its traffic share',
        TEMPLATE_DEFAULTS.targetUrl,
        urlProblem,
      ),
      metricsUrl: await answer('Its metrics page', TEMPLATE_DEFAULTS.metricsUrl, urlProblem),
    };
  } finally {
    questions.close();
  }
}

function nameProblem(text: string): string | undefined {
  if (/^[a-z0-9._-]{1,63}$/.test(text)) return undefined;
  return `"${text}" cannot be a name: up to 63 of a-z, 0-9, dot, dash and underscore`;
}

function urlProblem(text: string): string | undefined {
  return /^https?:\/\//.test(text) && URL.canParse(text) ? undefined : `"${text}" is no http or https address`;
}

/** The flag keeps a file that came meanwhile. */
async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx' }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw alreadyThere(path);
    throw new CliError(EXIT.usage, `cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
}

function alreadyThere(path: string): CliError {
  return new CliError(
    EXIT.usage,
    `${path} is there already and is left alone. Check it: phased-rollback config validate --config ${path}`,
  );
}
