import type { RollbackRef } from '../domain/rollback/request';
import type { RunState } from '../domain/rollback/state';
import type { StatusView } from '../domain/rollback/status-view';
import type { Verdict, VerdictReason } from '../domain/judge/verdict';
import { DATA_ARE_BACK } from '../domain/rollback';
import { say } from './processes';
import type { Screen } from './screen';
import type { Stage } from './stage';

/** What a scenario's people see and can do. */
export interface Audience {
  readonly stage: Stage;
  readonly ref: RollbackRef;
  readonly screen: Screen;
  /** Shows the rollback until the condition holds; undefined when it ended before. */
  watchUntil(what: string, holds: (view: StatusView, state: RunState) => boolean): Promise<StatusView | undefined>;
}

/** What people and accidents do while the rollback runs. Throws when something they rely on did not happen. */
export type Play = (audience: Audience) => Promise<void>;

/** Nobody does anything. */
export const watchIt: Play = async () => undefined;

/** The rollback must stop by itself for one of the reasons; then its person says the word. */
export function haltThen(word: 'abort' | 'unwind', reasons: readonly VerdictReason[], guardrail?: string): Play {
  return async (audience) => {
    const view = await audience.watchUntil('it stops by itself', (seen) => seen.wait?.for === 'verdict');
    if (!view?.wait) throw new Error('it never stopped by itself');
    const state = await audience.stage.client.state(audience.ref);
    const verdict = lastVerdict(state);
    const reason = verdict?.reason;
    if (verdict?.guardrail !== guardrail)
      throw new Error(`it named ${verdict?.guardrail ?? 'no guardrail'}, expected ${guardrail ?? 'none'}`);
    if (reason === undefined || !reasons.includes(reason))
      throw new Error(`it stopped for ${reason}, expected ${reasons.join(' or ')}`);
    audience.screen.line(`  The person on call reads: ${view.wait.text}`);
    await command(audience, [word, name(audience.ref), '--reason', 'as the verdict says']);
  };
}

/** Takes the metrics away during a bake and gives them back once it asks. Nobody answers: it must go on by itself. */
export const loseMetrics: Play = async (audience) => {
  const { stage, ref, screen } = audience;
  const setMetrics = async (metrics?: 'unavailable'): Promise<void> => {
    for (const { name: target } of stage.fleet.targets) await stage.fleet.setFaults(target, metrics ? { metrics } : {});
  };
  await audience.watchUntil('the second phase is watched', isWatchingSecond);
  await setMetrics('unavailable');
  screen.line('  ✗ the metrics of all targets are gone');
  const moved = shifts(stage).length;
  const asked = await audience.watchUntil('it asks', (view) => view.wait?.reason === 'HOLD');
  const reason = lastVerdict(await stage.client.state(ref))?.reason;
  if (!asked?.wait || reason !== 'NO_DATA') throw new Error(`it asked for ${reason ?? 'nothing'}, expected NO_DATA`);
  screen.line(`  The person on call reads: ${asked.wait.text}`);
  if (shifts(stage).length !== moved) throw new Error('something moved without metrics');
  await setMetrics();
  screen.line('  ✓ the metrics are back; nobody says anything');
  const back = await audience.watchUntil('it goes on by itself', (_view, state) =>
    state.journal.some(({ text }) => text === DATA_ARE_BACK),
  );
  if (!back) throw new Error('it ended without noticing that the data are back');
};

const isWatchingSecond = (view: StatusView): boolean => view.doing === 'WATCHING' && view.phase?.number === 2;

/** Every phase must ask, for there is too little traffic to prove anything; each time a person says to go on. */
export const goOnUnproven: Play = async (audience) => {
  const { stage, ref } = audience;
  let answered: string | undefined;
  for (;;) {
    const view = await audience.watchUntil('it asks', ({ wait }) => wait !== undefined && wait.id !== answered);
    if (!view?.wait) break;
    const reason = lastVerdict(await stage.client.state(ref))?.reason;
    if (reason !== 'THIN') throw new Error(`it asked for ${reason ?? view.wait.reason}, expected THIN`);
    answered = view.wait.id;
    await command(audience, ['approve', name(ref), '--wait', answered, '--reason', 'too few users to wait for proof']);
  }
  if (answered === undefined) throw new Error('it never asked');
};

function lastVerdict(state: RunState): Verdict | undefined {
  return state.journal.findLast((entry) => entry.verdict !== undefined)?.verdict;
}

/** Kills every process of ours at the worst moments, for real, and starts it again. */
export const crashEverything: Play = async (audience) => {
  const { stage, screen } = audience;
  await stage.fleet.setFaults('eu', { delayMs: 1_500, operations: ['shift'], times: 1 });
  await audience.watchUntil('a shift is under way', (view) => view.doing === 'SHIFTING');
  await kill(audience, 'worker', 'during a shift');
  await audience.watchUntil('a bake is under way', (view) => view.doing === 'WATCHING');
  await kill(audience, 'worker', 'during a bake');
  screen.line('  ✗ gateway killed');
  await stage.gateway.kill();
  stage.gateway.start();
  await audience.watchUntil('the next bake', (view) => view.doing === 'WATCHING' && (view.phase?.number ?? 0) > 1);
  screen.line('  ✗ Temporal server killed');
  stage.temporal.kill();
  await stage.temporal.restart();
  screen.line('  ✓ Temporal server back on its file');
};

async function kill(audience: Audience, which: 'worker' | 'gateway', when: string): Promise<void> {
  audience.screen.line(`  ✗ ${which} killed ${when}`);
  await audience.stage[which].kill();
  audience.stage[which].start();
}

/** Approves, pauses, resumes, then loses patience: all through the command line. */
export const playHuman: Play = async (audience) => {
  const { stage, ref } = audience;
  const gate = await audience.watchUntil('it asks for an approval', (view) => view.wait?.reason === 'GATE');
  if (!gate?.wait) throw new Error('it did not ask for an approval');
  const before = shifts(stage);
  if (before.length > 0) throw new Error('it moved traffic before anyone approved');
  await command(audience, ['approve', name(ref), '--wait', gate.wait.id]);
  await audience.watchUntil('the first phase is watched', (view) => view.doing === 'WATCHING');
  await command(audience, ['pause', name(ref), '--reason', 'let me look']);
  await audience.watchUntil('it is paused', (view) => view.wait?.reason === 'PAUSED');
  // What was under way at the word has ended by now.
  const paused = shifts(stage).length;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  if (shifts(stage).length !== paused) throw new Error('something moved while it was paused');
  await command(audience, ['resume', name(ref)]);
  await audience.watchUntil('it watches again', (view) => view.doing === 'WATCHING' || view.doing === 'SHIFTING');
  await command(audience, ['now', name(ref), '--reason', 'enough seen']);
};

function shifts(stage: Stage): readonly unknown[] {
  return stage.fleet.effects().filter((effect) => effect.operation === 'shift');
}

/** How a word ends that is durable, and that nobody has answered yet: what comes of it is watched. */
const RECORDED = 3;

/** Says a command as a person would, and fails when it is not taken. */
async function command(audience: Audience, args: readonly string[]): Promise<void> {
  audience.screen.line(`  $ phased-rollback ${args.join(' ')}`);
  const said = await say([...args, '--by', 'ada'], audience.stage.env);
  audience.screen.line(said.stdout.trim().replace(/^/gm, '    '));
  if (said.code !== 0 && said.code !== RECORDED)
    throw new Error(`phased-rollback ${args.join(' ')} ended ${said.code}: ${said.stderr.trim()}`);
}

function name(ref: RollbackRef): string {
  return `${ref.environment}/${ref.service}`;
}
