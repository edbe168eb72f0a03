import type { RollbackRef } from '../../src/domain/rollback/request';
import type { StatusView } from '../../src/domain/rollback/status-view';
import type { Lab } from './support/lab';
import { steps } from './support/life';
import type { LifeKind } from './support/life';
import { alert, answerWhatWasDead, importPast, say, startByHand, until } from './support/people';
import { TROUBLED_LIVES } from './troubled-lives';

/** Every kind of move, wait, message, report and archive step is in one of these. */
export const LIVES = {
  helps: {
    mode: 'ask',
    fate: 'helps',
    points: [
      'message/alert',
      ...steps('loadPolicy', 'assess'),
      // Planning is pure: it asks nothing of the world while it is under way.
      'plan/before',
      'plan/after',
      ...steps('check', 'notify'),
      'wait/GATE',
      'message/approve',
      ...steps('prepare', 'awaitCapacity', 'shift', 'bake', 'watch', 'readBack', 'report', 'sendOutcome'),
    ],
    expected: { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED', weight: 100 },
    async play(lab, ref, at) {
      const gate = await until(lab, ref, 'it asks', (view) => view.wait?.reason === 'GATE');
      await at('wait/GATE');
      await at('message/approve');
      await say(lab, ref, 'approve', { waitId: gate.wait?.id });
    },
  },
  stuck: {
    mode: 'auto',
    fate: 'stuck',
    points: ['wait/HALT', 'message/unwind', ...steps('unwind')],
    expected: { kind: 'aborted', reason: 'UNWOUND', weight: 0 },
    async play(lab, ref, at) {
      await until(lab, ref, 'it halts', (view) => view.wait?.for === 'verdict');
      await at('wait/HALT');
      await at('message/unwind');
      await say(lab, ref, 'unwind');
    },
  },
  paused: {
    mode: 'auto',
    fate: 'vague',
    points: ['message/pause', 'wait/PAUSED', 'message/resume', 'message/now'],
    expected: { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED', weight: 100 },
    async play(lab, ref, at) {
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING');
      await at('message/pause');
      await say(lab, ref, 'pause');
      await until(lab, ref, 'it is paused', (view) => view.wait?.reason === 'PAUSED');
      await at('wait/PAUSED');
      await at('message/resume');
      await say(lab, ref, 'resume');
      await until(lab, ref, 'it watches again', (view) => view.doing === 'WATCHING');
      await at('message/now');
      await say(lab, ref, 'now');
    },
  },
  aborted: {
    mode: 'auto',
    fate: 'vague',
    points: ['message/abort'],
    expected: { kind: 'aborted', reason: 'ABORTED', weight: 'as moved' },
    async play(lab, ref, at) {
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING');
      await at('message/abort');
      await say(lab, ref, 'abort');
    },
  },
  ...TROUBLED_LIVES,
} as const satisfies Readonly<Record<string, LifeKind>>;

export type LifeName = keyof typeof LIVES;

/** Begins a life with its alert and plays it to its end. */
export async function live(
  lab: Lab,
  name: LifeName,
  ref: RollbackRef,
  at: (moment: string) => Promise<void>,
): Promise<void> {
  const { service } = ref;
  const life: LifeKind = LIVES[name];
  if (!life.isWithoutPast) await importPast(lab, service);
  await life.begin?.(lab, ref);
  if (life.isStartedByHand) await startByHand(lab, service);
  else {
    await at('message/alert');
    await alert(lab, service);
  }
  await life.play(lab, ref, at);
  const meanwhile = life.asksWhatWasDead && ((view: StatusView) => answerWhatWasDead(lab, ref, view));
  await until(lab, ref, 'it ends', (view) => view.end !== undefined, meanwhile);
  await lab.whole();
}
