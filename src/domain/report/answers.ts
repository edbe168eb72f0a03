import type { CommandKind } from '../rollback/command';
import type { StatusView } from '../rollback/status-view';
import { isGate } from '../rollback/waits';

/** How people are told to call us where nothing else is said. */
export const PROGRAM = 'phased-rollback';

/** The name by which a rollback's service is called: its live rollback, or its last one. */
export function shortName(view: Pick<StatusView, 'environment' | 'service'>): string {
  return `${view.environment}/${view.service}`;
}

/** The name of one particular rollback. */
export function fullName(view: Pick<StatusView, 'environment' | 'service' | 'number'>): string {
  return `${shortName(view)}/${view.number}`;
}

/**
 * The whole command line that says this word to this rollback. Answers name the rollback by its number and the wait
 * by its id, because both ids begin anew with every rollback and an old line must not meet a new question.
 */
export function commandLine(view: StatusView, command: CommandKind, program: string = PROGRAM): string {
  switch (command) {
    case 'approve':
      return `${program} approve ${fullName(view)}${waitFlag(view)}${needsReason(view) ? ' --reason "<why>"' : ''}`;
    case 'retry':
    case 'adopt':
    case 'skip':
      return `${program} ${command} ${fullName(view)}${waitFlag(view)}`;
    case 'replan':
      return `${program} replan ${shortName(view)} --pace <surgical|balanced|express>`;
    case 'now':
    case 'pause':
    case 'resume':
    case 'abort':
    case 'unwind':
      return `${program} ${command} ${shortName(view)}`;
  }
}

function waitFlag(view: StatusView): string {
  return view.wait ? ` --wait ${view.wait.id}` : '';
}

/** Only a gate's approval goes without a reason. */
function needsReason(view: StatusView): boolean {
  return view.wait !== undefined && !isGate(view.wait.reason);
}
