import type { RollbackRef } from '../../src/domain/rollback/request';
import type { StatusView } from '../../src/domain/rollback/status-view';
import type { WaitReason } from '../../src/domain/rollback/wait';
import type { Lab } from './support/lab';
import type { LifeKind } from './support/life';
import { answerWhatWasDead, brake, eventually, say, until } from './support/people';
import type { Trouble } from './support/trouble';
import { targetName, weightIn } from './support/world';

type At = (moment: string) => Promise<void>;

/** Where a life is killed in a wait, and at the word that answers it. */
const asked = (reason: WaitReason, word: string): readonly string[] => [`wait/${reason}`, `message/${word} ${reason}`];

/** Waits until it asks, is killed there, mends what was wrong, and answers, killed there again. */
async function answer(
  { lab, ref, at }: { readonly lab: Lab; readonly ref: RollbackRef; readonly at: At },
  reason: WaitReason,
  word: string,
  mend?: () => void,
): Promise<void> {
  const asks = (view: StatusView): boolean => view.wait?.reason === reason;
  await until(lab, ref, `it asks: ${reason}`, asks, (view) => answerWhatWasDead(lab, ref, view));
  await at(`wait/${reason}`);
  mend?.();
  await at(`message/${word} ${reason}`);
  // A question that was asked again meanwhile is another one.
  const { wait } = await until(lab, ref, `it still asks: ${reason}`, asks);
  await say(lab, ref, word, { id: `${word}-${wait?.id}-${ref.service}`, waitId: wait?.id });
}

/** Says how to put the world of a rollback into another trouble, or out of all. */
const troubler =
  (lab: Lab, { service }: RollbackRef) =>
  (trouble: Trouble | undefined) =>
  (): void =>
    lab.trouble(service, trouble);

/** Somebody else sets a weight, once the region serves that much. */
const foreign =
  (region: string, from: number, to: number) =>
  async (lab: Lab, { service }: RollbackRef): Promise<boolean> => {
    if (weightIn(lab.worldDir, targetName(service, region)) !== from) return false;
    return eventually(`${region} was put at ${to} %`, async () => {
      await lab.foreignShift(service, region, to);
      return true;
    });
  };

/** Lives in which the world is in the way, one after the other: every reason to wait, and every answer. */
export const TROUBLED_LIVES = {
  /** Before anything moves, and what keeps it from moving. */
  hindered: {
    mode: 'auto',
    asksWhatWasDead: true,
    fate: 'helps',
    capacity: '4s',
    isChecked: true,
    points: [
      ...asked('FAULT', 'retry'),
      ...asked('NOT_READY', 'retry'),
      ...asked('AUTOMATION_ASK', 'approve'),
      ...asked('REFUSED', 'retry'),
      ...asked('CAPACITY', 'skip'),
    ],
    expected: { kind: 'partial', reason: 'TARGETS_LEFT_OUT', weight: 'as moved' },
    async begin(lab, { service }) {
      lab.trouble(service, 'not ready');
      await brake(lab, 'ask');
    },
    meets: {
      'assess/before': async (lab) => {
        lab.breakPolicy();
        return true;
      },
    },
    async play(lab, ref, at) {
      const here = { lab, ref, at };
      const to = troubler(lab, ref);
      // Whoever is killed while the file is broken cannot start again before it is mended.
      await until(lab, ref, 'it asks: FAULT', (view) => view.wait?.reason === 'FAULT');
      lab.mendPolicy();
      await answer(here, 'FAULT', 'retry');
      await answer(here, 'NOT_READY', 'retry', to('refuses'));
      await answer(here, 'AUTOMATION_ASK', 'approve');
      await answer(here, 'REFUSED', 'retry', to('starts nothing'));
      await answer(here, 'CAPACITY', 'skip');
      await brake(lab, 'on');
      // With a target left out nothing has proven yet that going back helps.
      const gate = await until(lab, ref, 'it asks: GATE', (view) => view.wait?.reason === 'GATE');
      await say(lab, ref, 'approve', { id: `approve-gate-${ref.service}`, waitId: gate.wait?.id });
    },
  },
  /** On the way, and at the end of it. */
  meddled: {
    mode: 'auto',
    asksWhatWasDead: true,
    fate: 'vague',
    longestBake: '5s',
    points: [
      ...asked('CONFLICT', 'retry'),
      ...asked('HOLD', 'approve'),
      ...asked('CENSUS_DIFFERS', 'retry'),
      ...asked('UNREADABLE', 'retry'),
    ],
    expected: { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED', weight: 100 },
    meets: { 'shift/before': foreign('eu', 0, 5), 'readBack/before': foreign('us', 100, 50) },
    async play(lab, ref, at) {
      const here = { lab, ref, at };
      const to = troubler(lab, ref);
      await answer(here, 'CONFLICT', 'retry');
      await answer(here, 'HOLD', 'approve');
      await say(lab, ref, 'now');
      await answer(here, 'CENSUS_DIFFERS', 'retry', to('reads nothing'));
      await answer(here, 'UNREADABLE', 'retry', to(undefined));
    },
  },
  /** It gets worse while people think, and cannot be put back at once. */
  worsened: {
    mode: 'auto',
    asksWhatWasDead: true,
    fate: 'vague',
    longestBake: '5s',
    points: ['message/retry HOLD', ...asked('HARM_WHILE_WAITING', 'unwind'), ...asked('UNWIND_INCOMPLETE', 'retry')],
    expected: { kind: 'aborted', reason: 'UNWOUND', weight: 0 },
    async play(lab, ref, at) {
      const here = { lab, ref, at };
      const to = troubler(lab, ref);
      const held = await until(lab, ref, 'it holds', (view) => view.wait?.reason === 'HOLD');
      await at('message/retry HOLD');
      await say(lab, ref, 'retry', { waitId: held.wait?.id });
      await until(lab, ref, 'it holds again', ({ wait }) => wait?.reason === 'HOLD' && wait.id !== held.wait?.id);
      lab.trouble(ref.service, 'worse');
      await answer(here, 'HARM_WHILE_WAITING', 'unwind', to('refuses'));
      await answer(here, 'UNWIND_INCOMPLETE', 'retry', to(undefined));
    },
  },
  superseded: {
    mode: 'auto',
    asksWhatWasDead: true,
    fate: 'vague',
    points: [...asked('SUPERSEDED', 'adopt')],
    expected: { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED', weight: 'as moved' },
    async play(lab, ref, at) {
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING');
      lab.trouble(ref.service, 'third revision');
      await answer({ lab, ref, at }, 'SUPERSEDED', 'adopt');
      lab.trouble(ref.service, undefined);
      await say(lab, ref, 'now');
    },
  },
  unblamed: {
    mode: 'auto',
    fate: 'vague',
    isWithoutPast: true,
    points: [...asked('NO_RELEASE_TO_BLAME', 'abort')],
    expected: { kind: 'aborted', reason: 'ABORTED', weight: 0 },
    async play(lab, ref, at) {
      await answer({ lab, ref, at }, 'NO_RELEASE_TO_BLAME', 'abort');
    },
  },
  unplanned: {
    mode: 'auto',
    fate: 'vague',
    isStartedByHand: true,
    points: [...asked('UNPLANNABLE', 'abort')],
    expected: { kind: 'aborted', reason: 'ABORTED', weight: 100 },
    async begin(lab, ref) {
      await foreign('eu', 0, 100)(lab, ref);
      await foreign('us', 0, 100)(lab, ref);
    },
    async play(lab, ref, at) {
      await answer({ lab, ref, at }, 'UNPLANNABLE', 'abort');
    },
  },
} as const satisfies Readonly<Record<string, LifeKind>>;
