import type { StepsByHand, TargetScript } from '../plan/script';
import { weightText } from '../plan/share';
import type { StatusView } from '../rollback/status-view';
import { fullName } from './answers';
import type { StatusSnapshot } from './snapshot';
import { plain } from './text';
import { formatUtc } from './time';

/** What a script is about, and as of when. */
export interface ScriptHead {
  /** The rollback's name, or its service's where it has not begun. */
  readonly name: string;
  /** When it was known that this is left; epoch milliseconds. */
  readonly asOf: number;
}

const SAME_WEIGHT = 0.01;

/**
 * The steps as one shell script that stops at the first error and asks after each step where somebody can answer. It
 * needs nothing of ours. Text that others wrote stands in comments and quotations only.
 */
export function renderScript(byHand: StepsByHand, head: ScriptHead): string {
  const { steps, scripts, fromRevision, toRevision, direction } = byHand;
  const targets = [...new Set(steps.flatMap(({ weights }) => weights.map(({ target }) => target)))];
  const told = targets.flatMap((name) => {
    const script = scripts[name];
    return script && !('none' in script) ? [script] : [];
  });
  const way = direction === 'forward' ? `${fromRevision} → ${toRevision}` : `${toRevision} → ${fromRevision}, put back`;
  return [
    '#!/bin/sh',
    comment(`What is left of ${head.name}, ${way}, as it was known at ${formatUtc(head.asOf)}.`),
    comment('For the case that neither phased-rollback nor Temporal answers: each step moves traffic when it is run.'),
    comment('Every step may be run again. What it changes is seen as a foreign change afterwards: adopt it, or abort.'),
    'set -eu',
    ...needsLines([...new Set(told.flatMap(({ needs }) => needs))].toSorted()),
    `step_is_done() { printf '%s\\n' "$1"; [ ! -t 0 ] || { printf 'Enter goes on, Ctrl-C stops here: '; read -r _; }; }`,
    ...told.flatMap(({ begin }) => begin),
    ...steps.flatMap((step) => stepLines(step, byHand)),
  ]
    .flatMap((lines) => lines.split('\n'))
    .map((line) => `${plain(line)}\n`)
    .join('');
}

/** What is left by what was seen of a rollback, however old: a script is for the day when nothing newer is to be had. */
export function scriptOf(snapshot: StatusSnapshot): string | undefined {
  const seen = snapshot.kind === 'lastKnown' ? snapshot.seen : snapshot;
  return seen.kind === 'live' ? scriptOfView(seen.view) : undefined;
}

/** What a report keeps of it: nothing where no target has told a command. */
export function keptScript(view: StatusView): string | undefined {
  const told = Object.values(view.byHand?.scripts ?? {}).some((script) => !('none' in script));
  return told ? scriptOfView(view)?.trimEnd() : undefined;
}

/** What is left of a rollback by its status; undefined where that is nothing. */
export function scriptOfView(view: StatusView): string | undefined {
  return view.byHand && renderScript(view.byHand, { name: fullName(view), asOf: view.asOf });
}

function needsLines(needs: readonly string[]): readonly string[] {
  if (needs.length === 0) return [];
  return [
    `for program in ${needs.join(' ')}; do`,
    `  command -v "$program" > /dev/null || { printf 'missing: %s\\n' "$program" >&2; exit 1; }`,
    'done',
  ];
}

function stepLines({ name, because, weights }: StepsByHand['steps'][number], byHand: StepsByHand): readonly string[] {
  const told = weights.map(({ target, weight }) => ({ target, weight, script: byHand.scripts[target] }));
  return [
    '',
    comment(`${name}: ${because}`),
    ...told.flatMap(({ target, weight, script }) => [
      comment(`${target} to ${weightText(weight)} % on ${byHand.toRevision}`),
      ...(script && !('none' in script) ? linesAt(script, weight) : [comment(byYourself(script?.none))]),
    ]),
    ...told.flatMap(({ script }) => (script && !('none' in script) ? script.show : [])),
    `step_is_done ${quoted(`${name} is done. Look at your metrics before the next step.`)}`,
  ];
}

function linesAt({ steps }: TargetScript, weight: number): readonly string[] {
  const step = steps.find((candidate) => Math.abs(candidate.weight - weight) <= SAME_WEIGHT);
  return step?.lines ?? [comment(byYourself(`there are none for ${weightText(weight)} %`))];
}

function byYourself(why = 'nobody asked it'): string {
  return `NO COMMANDS HERE, do it yourself before you go on: ${why}`;
}

function comment(text: string): string {
  return `# ${plain(text)}`;
}

function quoted(text: string): string {
  return `'${plain(text).replaceAll("'", `'\\''`)}'`;
}
