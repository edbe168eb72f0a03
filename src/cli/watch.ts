import { renderSnapshot } from '../domain/report';
import type { RollbackRef } from '../domain/rollback/request';
import type { StatusView } from '../domain/rollback/status-view';
import { exitOfView } from './cli';
import type { Cli, OutputOptions } from './cli';
import type { Door, StatusSnapshot } from './door';
import { EXIT } from './exit-codes';
import type { ExitCode } from './exit-codes';
import { printText, widthOf } from './output';

const LOOK_EVERY_MS = 1_000;

/** Shows a rollback until it ends: redrawn on a terminal, printed at each change in a pipe. */
export async function watch(cli: Cli, door: Door, ref: RollbackRef, options: OutputOptions): Promise<ExitCode> {
  const show = options.output === 'json' ? jsonLines(cli) : cli.out.isTTY ? redrawn(cli) : printedChanges(cli);
  for (;;) {
    const snapshot = await door.status(ref);
    show(snapshot);
    if (snapshot.kind === 'live' && snapshot.view.end) return exitOfView(snapshot.view);
    if (snapshot.kind === 'notFound') return EXIT.failed;
    if (snapshot.kind === 'described' && snapshot.described.condition === 'closed') return EXIT.failed;
    await cli.sleep(LOOK_EVERY_MS);
  }
}

/** A snapshot as people read it. */
export function snapshotText(cli: Cli, snapshot: StatusSnapshot): string {
  return renderSnapshot(snapshot, { now: cli.now(), width: widthOf(cli) });
}

type Show = (snapshot: StatusSnapshot) => void;

function redrawn(cli: Cli): Show {
  let lines = 0;
  return (snapshot) => {
    const block = snapshotText(cli, snapshot);
    cli.out.write(`${lines > 0 ? `\u001b[${lines}A\u001b[0J` : ''}${block}\n`);
    lines = block.split('\n').length;
  };
}

function printedChanges(cli: Cli): Show {
  return onChange((snapshot) => printText(cli, `${snapshotText(cli, snapshot)}\n`));
}

/** One JSON value per line, so that a pipe can read it as it comes. */
function jsonLines(cli: Cli): Show {
  return onChange((snapshot) => cli.out.write(`${JSON.stringify(snapshot)}\n`));
}

function onChange(show: Show): Show {
  let last = '';
  return (snapshot) => {
    const key = JSON.stringify(whatMatters(snapshot));
    if (key === last) return;
    last = key;
    show(snapshot);
  };
}

/** Counts and ages change at every look; a line for each would hide what happens. */
function whatMatters(snapshot: StatusSnapshot): unknown {
  switch (snapshot.kind) {
    case 'live':
      return [whatMattersOf(snapshot.view), snapshot.waiting?.step, snapshot.waiting?.workerAlive];
    case 'lastKnown':
      return 'away';
    case 'described':
    case 'notFound':
      return snapshot;
  }
}

function whatMattersOf(view: StatusView): unknown {
  const targets = view.targets.map(({ name, weight, unknown }) => ({ name, weight, unknown }));
  const { stage, doing, phase, verdict, paused, next, end, reportLocation } = view;
  return { stage, doing, phase, verdict, paused, next, end, reportLocation, targets, wait: view.wait?.id };
}
