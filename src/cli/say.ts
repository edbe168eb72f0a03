import type { Command } from 'commander';
import type { RollbackCommand } from '../contracts/messages';
import { commandLine, fullName, plain, renderStatusBlock, WAITS_FOR } from '../domain/report';
import type { CommandKind } from '../domain/rollback/command';
import type { RollbackRef } from '../domain/rollback/request';
import type { StatusView } from '../domain/rollback/status-view';
import { throughDoor, withDoorOptions } from './cli';
import type { Cli, DoorOptions } from './cli';
import type { Answer, Door } from './door';
import { CliError, EXIT } from './exit-codes';
import type { ExitCode } from './exit-codes';
import { parseName, speaker } from './names';
import type { RollbackName } from './names';
import { printError, printJson, printNote, printText, widthOf } from './output';

/** What every word to a rollback or a service can carry. */
export interface WordOptions extends DoorOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly id?: string;
}

/** The same, with the wait that is answered. */
export interface AnswerOptions extends WordOptions {
  readonly wait?: string;
  readonly target?: string;
}

/** What a word carries that is not said without a reason. */
export type ReasonedWordOptions = WordOptions & { readonly reason: string };

const REASON = ['--reason <text>', 'why; kept in the history and the report'] as const;

/** Adds who, why and the id that makes a repeat harmless. */
export function withWordOptions(command: Command): Command {
  return withIdentity(command).option(...REASON);
}

/** The same, where the reason has to be given. */
export function withReasonedWordOptions(command: Command): Command {
  return withIdentity(command).requiredOption(...REASON);
}

function withIdentity(command: Command): Command {
  return withDoorOptions(command)
    .option('--by <name>', 'who says it (default: the user of this shell)')
    .option('--id <id>', 'identity of this command: said twice, it is applied once');
}

/** The rollback that a name means: the numbered one, else the live one, else the last one. */
export async function locate(door: Door, name: RollbackName): Promise<RollbackRef> {
  if (name.number !== undefined) return { ...name, number: name.number };
  const latest = await door.latest(name);
  if (latest) return latest;
  const service = `${name.environment}/${name.service}`;
  const last = (await door.serviceView(name))?.alerts[0];
  const alert = last ? ` Its last alert, "${plain(last.title)}", started none: ${last.outcome}.` : '';
  throw new CliError(
    EXIT.failed,
    `${service} has never had a rollback.${alert} Start one: phased-rollback start ${service}`,
  );
}

/** What every word carries: its identity, who says it and when, and why. */
export function spoken(cli: Cli, { id, by, reason }: WordOptions) {
  return { id: id ?? cli.newId(), by: speaker(by, cli.env), at: cli.now(), reason };
}

/** Says a word to a rollback and prints what became of it. */
export async function sayToRollback(
  cli: Cli,
  nameText: string,
  kind: CommandKind,
  options: AnswerOptions & Pick<RollbackCommand, 'pace' | 'extent'>,
): Promise<void> {
  const name = parseName(nameText);
  const by = speaker(options.by, cli.env);
  await throughDoor(cli, options, async (door) => {
    const ref = await locate(door, name);
    if (isAnswer(kind) && options.wait === undefined) return showWait(cli, door, ref, kind);
    const command: RollbackCommand = {
      id: options.id ?? cli.newId(),
      kind,
      by,
      at: cli.now(),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      ...(options.wait === undefined ? {} : { waitId: options.wait }),
      ...(options.target === undefined ? {} : { target: options.target }),
      ...(options.pace === undefined ? {} : { pace: options.pace }),
      ...(options.extent === undefined ? {} : { extent: options.extent }),
    };
    const answer = await door.tellRollback(ref, command);
    return printAnswer(cli, options, { about: fullName(ref), kind, id: command.id }, answer);
  });
}

/** Words that answer one particular wait, and must name it. */
function isAnswer(kind: CommandKind): boolean {
  return kind === 'approve' || kind === 'retry' || kind === 'adopt' || kind === 'skip';
}

/** Which wait is meant is never guessed: it is shown, with the line to type. */
async function showWait(cli: Cli, door: Door, ref: RollbackRef, kind: CommandKind): Promise<ExitCode> {
  const snapshot = await door.status(ref);
  if (snapshot.kind !== 'live') {
    throw new CliError(
      EXIT.unavailable,
      `${fullName(ref)} does not say what it waits for. Look: phased-rollback status ${fullName(ref)}`,
    );
  }
  const { view } = snapshot;
  printNote(cli, renderStatusBlock(view, { now: cli.now(), width: widthOf(cli) }));
  throw new CliError(EXIT.usage, howToAnswer(view, kind));
}

function howToAnswer(view: StatusView, kind: CommandKind): string {
  const name = fullName(view);
  if (view.end) return `${name} has ended; there is nothing to ${kind}`;
  if (!view.wait) return `${name} waits for nothing now; there is nothing to ${kind}`;
  if (view.wait.options.some((option) => option.command === kind)) {
    return `say which wait you mean, so that it is never another one:\n  ${commandLine(view, kind)}`;
  }
  const words = view.wait.options.map((option) => option.command).join(', ');
  return `${name} waits for ${WAITS_FOR[view.wait.for]} (${view.wait.id}), which ${kind} does not answer; possible: ${words}`;
}

/** Prints what became of a word; a refusal is an error with its code. */
export function printAnswer(
  cli: Cli,
  options: DoorOptions,
  word: { readonly about: string; readonly kind: string; readonly id: string; readonly look?: string },
  answer: Answer,
): ExitCode {
  if (options.output === 'json') {
    const { kind: result, ...rest } = answer;
    printJson(cli, { about: word.about, command: word.kind, id: word.id, result, ...rest });
  }
  switch (answer.kind) {
    case 'applied':
      if (options.output === 'text') printText(cli, `${word.about}: ${answer.text}`);
      return EXIT.ok;
    case 'refused':
      if (options.output === 'text')
        printError(cli, `${word.about} refused ${word.kind} (${answer.code}): ${answer.text}`);
      return EXIT.failed;
    case 'recorded':
      if (options.output === 'text') {
        printNote(
          cli,
          `${word.about}: ${word.kind} is recorded, not yet seen: ${answer.because ?? 'it has not answered'}. See: phased-rollback ${word.look ?? `status ${word.about}`}`,
        );
      }
      return EXIT.waiting;
  }
}
