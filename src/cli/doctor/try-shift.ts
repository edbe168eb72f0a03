import { weightOf } from '../../domain/plan/census';
import type { TargetReading } from '../../domain/plan/census';
import type { Objection } from '../../domain/plan/objection';
import type { TargetPolicy } from '../../domain/policy/policy';
import { plain, shareText } from '../../domain/report';
import type { PastRollback } from '../../domain/service/state';
import type { EffectResult, Fence, ShiftRequest } from '../../ports';
import type { Finding } from '../examination';
import { fine, lookLimit, textOf } from './picture';
import type { Memory, Pair, Picture } from './picture';

const SHIFT_MS = 10_000;
/** Readings are rounded, many of them to whole percents. */
const SAME_PERCENT = 0.5;

/**
 * Has every target set the share that it serves already. Only while no rollback of the service is live, which is asked
 * right before; one that begins meanwhile wins, because its fence is above the one used here.
 */
export async function tryShifts(picture: Picture, ask: () => Promise<Memory>): Promise<readonly Finding[]> {
  const { pair, policy, name } = picture;
  const memory = await ask();
  const past = pastOf(memory);
  if (past === 'unknown')
    return [
      refusal(
        'nobody could say whether a rollback is live, so no target was touched',
        `have Temporal and a worker answer, then phased-rollback doctor ${name} --try-shift`,
      ),
    ];
  if (past === 'live')
    return [
      refusal(
        `a rollback of ${name} is live, so no target was touched`,
        `once it has ended (phased-rollback status ${name}), try again`,
      ),
    ];
  if (!pair) return [withoutPair(picture)];
  const fence = idleFence(past, picture.now());
  return Promise.all(policy.targets.map((target) => tryOne(picture, target, pair, fence)));
}

/** Above what ended rollbacks have left, and below any to come: those take the time of their start, after the last end. */
export function idleFence(past: readonly Pick<PastRollback, 'endedAt'>[], now: number): Fence {
  const lastEnd = Math.max(1, ...past.map(({ endedAt }) => endedAt));
  return { epoch: lastEnd - 1, number: Math.floor(now / 1_000) };
}

function pastOf(memory: Memory): readonly PastRollback[] | 'live' | 'unknown' {
  if (memory.kind !== 'known') return 'unknown';
  return memory.view.live ? 'live' : memory.view.past;
}

async function tryOne(picture: Picture, policy: TargetPolicy, pair: Pair, fence: Fence): Promise<Finding> {
  const target = picture.adapters.target(policy);
  const what = `try ${policy.name}`;
  if (target.capabilities().holdsReleases)
    return {
      state: 'note',
      what,
      seen: 'not tried: a release that waits in it at no share yet would be taken back',
      fix: 'its dry run says what a rollback would meet',
    };
  try {
    const before = await target.observe(lookLimit());
    const unfit = unfitFor(before, pair);
    if (unfit) return { state: 'note', what, ...unfit };
    const request = sameAgain(picture.name, before, pair, fence);
    const result = await target.shift(request, AbortSignal.timeout(SHIFT_MS));
    const moved = movedSince(before, await target.observe(lookLimit()));
    if (moved !== undefined)
      return {
        state: 'bad',
        what,
        seen: `${moved} (it answered ${result.outcome})`,
        fix: `see who else moves ${policy.name}, and that its target does no more than it is asked`,
      };
    return outcomeFinding(what, request, result, before);
  } catch (error) {
    return { state: 'bad', what, seen: textOf(error), fix: `make ${policy.name} writable from here, then try again` };
  }
}

/** A share is set by giving the rest to the other revision, so with a third one in it something would move. */
function unfitFor(reading: TargetReading, { from, to }: Pair): Pick<Finding, 'seen' | 'fix'> | undefined {
  if (reading.uneven)
    return {
      seen: 'not tried: its parts do not serve the same shares, or a change of it is on its way',
      fix: 'set its parts alike, or wait until the change has come about, then try again',
    };
  const both = weightOf(reading, from) + weightOf(reading, to);
  if (Math.abs(both - 100) <= SAME_PERCENT) return undefined;
  return {
    seen: `not tried: ${plain(from)} and ${plain(to)} serve ${shareText(both, reading.units)} of it, and setting a share would move the rest`,
    fix: 'let two revisions share it, then try again',
  };
}

function sameAgain(name: string, reading: TargetReading, pair: Pair, fence: Fence): ShiftRequest {
  const share = weightOf(reading, pair.to);
  return {
    rollback: `doctor/${name}`,
    target: reading.target,
    revision: { from: pair.from, to: pair.to },
    fence,
    desired: share,
    expected: share,
  };
}

function movedSince(before: TargetReading, after: TargetReading): string | undefined {
  const names = new Set([...before.revisions, ...after.revisions].map(({ revision }) => revision));
  const moved = [...names].filter((name) => Math.abs(weightOf(before, name) - weightOf(after, name)) > SAME_PERCENT);
  if (moved.length === 0) return undefined;
  const each = moved.map(
    (name) => `${plain(name)} ${shareText(weightOf(before, name))} → ${shareText(weightOf(after, name))}`,
  );
  return `its shares changed meanwhile: ${each.join(', ')}`;
}

function outcomeFinding(what: string, request: ShiftRequest, result: EffectResult, before: TargetReading): Finding {
  const share = `${plain(request.revision.to)} ${shareText(request.desired, before.units)}`;
  switch (result.outcome) {
    case 'done':
    case 'alreadyInState':
      return fine(what, `took a shift to what it serves, ${share}, and nothing moved`);
    case 'conflict':
      return objected(what, `did not take ${share}`, result);
    case 'refused':
      return objected(what, `refused ${share}`, result);
    case 'unknown':
      return {
        state: 'bad',
        what,
        seen: `whether it took ${share} is not known: ${plain(result.detail ?? 'it does not say why')}`,
        fix: 'see that it answers in time, then try again',
      };
  }
}

function objected(
  what: string,
  seen: string,
  { code, detail, wayOut = 'mend what it names, then try again' }: Objection,
): Finding {
  // No rollback is live, so it is not one effect that overtook another.
  const fix =
    code === 'LATE_EFFECT'
      ? 'it remembers a newer effect, of another installation or another service: let one alone move it'
      : plain(wayOut);
  return { state: 'bad', what, seen: `${seen} (${code}): ${plain(detail)}`, fix };
}

function withoutPair({ census }: Picture): Finding {
  if (Object.keys(census).length === 0)
    return refusal('no target could be read, so none was touched', 'make them answer from here, then try again');
  return refusal('there is one revision only, so there is no share to set', 'deploy another one beside it');
}

function refusal(seen: string, fix: string): Finding {
  return { state: 'bad', what: 'try', seen, fix };
}
