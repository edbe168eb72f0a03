import { Option } from 'commander';
import type { Command } from 'commander';
import type { EndKind } from '../domain/rollback/state';
import type { Door } from './door';
import { EXIT } from './exit-codes';
import type { ExitCode } from './exit-codes';
import type { OutputFormat, Terminal } from './output';

/** How Temporal is found; what is not given comes from the SDK's standard environment variables. */
export interface ConnectionOptions {
  readonly address?: string;
  readonly namespace?: string;
}

/** Options of every command that prints a result. */
export interface OutputOptions {
  readonly output: OutputFormat;
}

/** Options of every command that talks to a running system. */
export type DoorOptions = ConnectionOptions & OutputOptions;

/** The process around the commands; tests stand in for it. */
export interface Cli extends Terminal {
  /** Where answers to questions come from; questions are asked only where this is a terminal. */
  readonly in: NodeJS.ReadableStream & { readonly isTTY?: boolean; unref?(): unknown };
  readonly version: string;
  /** Epoch milliseconds. */
  now(): number;
  /** A new id for something that is said. */
  newId(): string;
  sleep(ms: number): Promise<void>;
  openDoor(options: ConnectionOptions): Promise<Door>;
  /** What the process will end with; each command sets it once. */
  exit: ExitCode;
}

/** Adds `--output`. */
export function withOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'how results are printed').choices(['text', 'json']).default('text'),
  );
}

/** Adds the options of a command that talks to a running system. */
export function withDoorOptions(command: Command): Command {
  return withOutput(command)
    .option('--address <host:port>', 'Temporal server (default: TEMPORAL_ADDRESS, else localhost:7233)')
    .option('--namespace <name>', 'Temporal namespace (default: TEMPORAL_NAMESPACE, else default)');
}

/** Adds `--config`. */
export function withConfig(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    'policy file (default: PHASED_ROLLBACK_CONFIG, else phased-rollback.yaml)',
  );
}

/** The policy file that is meant. */
export function configPath(cli: Pick<Cli, 'env'>, given: string | undefined): string {
  return given ?? cli.env.PHASED_ROLLBACK_CONFIG ?? 'phased-rollback.yaml';
}

/** Runs a command's work with a connection that is closed whatever happens; its answer becomes the exit code. */
export async function throughDoor(
  cli: Cli,
  options: ConnectionOptions,
  work: (door: Door) => Promise<ExitCode>,
): Promise<void> {
  const door = await cli.openDoor(options);
  try {
    cli.exit = await work(door);
  } finally {
    await door.close();
  }
}

/** Repeats of an option are collected. */
export function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

/** The exit code of a rollback as it stands. */
export function exitOfView(view: { readonly wait?: unknown; readonly end?: { readonly kind: EndKind } }): ExitCode {
  if (!view.end) return view.wait ? EXIT.waiting : EXIT.ok;
  switch (view.end.kind) {
    case 'succeeded':
    case 'dismissed':
      return EXIT.ok;
    case 'aborted':
      return EXIT.aborted;
    case 'partial':
    case 'failed':
      return EXIT.failed;
  }
}
