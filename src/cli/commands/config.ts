import type { Command } from 'commander';
import type { ConfigProblem, LoadedConfig } from '../../config';
import { configPath, withConfig, withOutput } from '../cli';
import type { Cli, OutputOptions } from '../cli';
import { EXIT } from '../exit-codes';
import { printJson, printNote, printText, renderTable } from '../output';
import { lazy } from '../lazy';

interface ConfigOptions extends OutputOptions {
  readonly config?: string;
}

/** `config`: what is wrong with the policy file, what it means, and its schema. */
export function registerConfig(program: Command, cli: Cli): void {
  const group = program.command('config').description('check and show the policy file');
  withConfig(withOutput(group.command('validate')))
    .description('name every problem with line and path (exit code 2: there are some)')
    .action((options: ConfigOptions) => validate(cli, options));
  withConfig(withOutput(group.command('show')))
    .description('show every value in force, and where it came from')
    .action((options: ConfigOptions) => show(cli, options));
  group
    .command('schema')
    .description('print the JSON Schema of the policy file, for editors')
    .action(async () => {
      const { policyJsonSchema } = lazy.config();
      printJson(cli, policyJsonSchema());
    });
}

/** Every problem of a policy file with the service it belongs to, in the order of the file. */
export function allProblems(loaded: LoadedConfig): readonly (ConfigProblem & { readonly service?: string })[] {
  const inServices = loaded.invalid.flatMap((service) =>
    service.problems.map((problem) => ({ ...problem, service: service.name })),
  );
  return [...loaded.problems, ...inServices].sort((a, b) => a.line - b.line);
}

async function load(cli: Cli, options: ConfigOptions): Promise<LoadedConfig> {
  const { loadConfigFile } = lazy.config();
  return loadConfigFile(configPath(cli, options.config));
}

async function validate(cli: Cli, options: ConfigOptions): Promise<void> {
  const loaded = await load(cli, options);
  const problems = allProblems(loaded);
  const services = loaded.services.map((policy) => `${policy.environment}/${policy.service}`);
  if (options.output === 'json') printJson(cli, { file: loaded.file, services, problems });
  else {
    for (const problem of problems) printNote(cli, problemLine(loaded.file, problem));
    const found =
      problems.length === 0 ? 'no problems' : `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    printText(cli, `${loaded.file}: ${found}; in service: ${services.join(', ') || 'none'}`);
  }
  cli.exit = problems.length === 0 && services.length > 0 ? EXIT.ok : EXIT.usage;
}

function problemLine(file: string, problem: ConfigProblem & { readonly service?: string }): string {
  const service = problem.service === undefined ? '' : `${problem.service}: `;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return `${file}:${problem.line}: ${service}${path}${problem.message}`;
}

async function show(cli: Cli, options: ConfigOptions): Promise<void> {
  const { showConfig } = lazy.config();
  const loaded = await load(cli, options);
  const values = showConfig(loaded);
  const problems = allProblems(loaded);
  if (options.output === 'json') printJson(cli, { file: loaded.file, values, problems });
  else {
    printText(
      cli,
      renderTable(
        ['VALUE OF', 'IS', 'FROM'],
        values.map(({ path, value, from }) => [path, value, from]),
      ),
    );
    for (const problem of problems) printNote(cli, problemLine(loaded.file, problem));
  }
  cli.exit = problems.length === 0 ? EXIT.ok : EXIT.usage;
}
