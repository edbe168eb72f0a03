import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The suspect and the revision gone back to, everywhere in the laboratory. */
export const BAD = 'v42';
export const OLD = 'v41';

/** What going back does for a service; named in front of its number: `helps-3`. */
export type Fate = 'helps' | 'stuck' | 'vague' | 'unclear';

/** Share of requests that each revision fails. */
export const FAILS: Readonly<Record<Fate, { readonly old: number; readonly bad: number }>> = {
  helps: { old: 0.002, bad: 0.1 },
  // Whatever is moved, it stays as bad.
  stuck: { old: 0.1, bad: 0.1 },
  // Better by too little to prove help and too much to deny it within a minute, and good enough to stay.
  vague: { old: 0.0171, bad: 0.0285 },
  // The same with so few requests that an hour does not tell.
  unclear: { old: 0.0171, bad: 0.0285 },
};

/** Requests a second that a target gets. */
export const TRAFFIC: Readonly<Record<Fate, number>> = { helps: 800, stuck: 800, vague: 800, unclear: 8 };

export const REGIONS = ['eu', 'us'] as const;

/** The target of a service in a region. */
export function targetName(service: string, region: string): string {
  return `${service}.${region}`;
}

/** The state file of a target and its journal of effects. */
export function filesOf(dir: string, target: string): { readonly state: string; readonly journal: string } {
  return { state: join(dir, `${target}.json`), journal: join(dir, `${target}.effects.jsonl`) };
}

/** Percent of the target's traffic on the old revision, as its file has it. */
export function weightIn(dir: string, target: string): number {
  const { state } = filesOf(dir, target);
  // The file is replaced whole, never written in place.
  return existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { weight: number }).weight : 0;
}

/** What the processes of the world are started with. */
export interface WorldArguments {
  readonly dir: string;
  readonly port: number;
}

export function worldArguments(): WorldArguments {
  const [, , dir, port] = process.argv;
  if (dir === undefined || port === undefined) throw new Error('usage: <folder> <port>');
  return { dir, port: Number(port) };
}

/** A process of the laboratory never outlives the test that started it. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(0));
}
