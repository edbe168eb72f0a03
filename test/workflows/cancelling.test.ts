import type { RunState } from '../../src/domain/rollback';
import { Theatre } from './support/play';
import type { Play } from './support/play';
import type { FakeWorld } from './support/fakes';
import { until } from './support/until';

/** After a word that stops it, an effect under way has ended within that long, by the clock of the history. */
const ENDS_WITHIN_MS = 20_000;

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('cancelling');
});
afterAll(async () => {
  await theatre.close();
});

/** One activity as the history tells of it. */
interface Told {
  readonly name: string;
  readonly scheduledAt: number;
  readonly cancelAskedAt?: number;
  readonly endedAt?: number;
}

type Event = NonNullable<Awaited<ReturnType<Play['handle']['fetchHistory']>>['events']>[number];

function timeOf({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1_000_000;
}

/** The event of which it is told how an activity ended, or that its end was asked for. */
function scheduledBy(event: Event): { readonly id: string; readonly how: 'cancelAskedAt' | 'endedAt' } | undefined {
  const asked = event.activityTaskCancelRequestedEventAttributes;
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskCanceledEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes;
  if (asked) return { id: String(asked.scheduledEventId), how: 'cancelAskedAt' };
  return ended ? { id: String(ended.scheduledEventId), how: 'endedAt' } : undefined;
}

async function activitiesOf(play: Play): Promise<readonly Told[]> {
  const told = new Map<string, Told>();
  for (const event of (await play.handle.fetchHistory()).events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled)
      told.set(String(event.eventId), { name: scheduled.activityType?.name ?? '', scheduledAt: timeOf(event) });
    const of = scheduledBy(event);
    const before = of && told.get(of.id);
    if (of && before) told.set(of.id, { ...before, [of.how]: timeOf(event) });
  }
  return [...told.values()];
}

const isEffect = ({ name }: Told): boolean => ['prepare', 'shift', 'unwind'].includes(name);

async function stoppedBy(word: 'pause' | 'abort', play: Play): Promise<void> {
  // Seen from within, for the call is given up after five seconds, in which the word has to come.
  await until('it is in the call', async () => play.world.held > 0 || undefined);
  expect(await play.say(word)).toMatchObject({ result: 'applied' });
  if (word === 'abort') await play.result();
  else
    await play.untilState('at rest', ({ unknown, inFlight }) => unknown.length === 0 && inFlight?.move.kind === 'wait');
}

describe.each(['pause', 'abort'] as const)('an effect that a target does not answer, at the word %s', (word) => {
  it.each([
    ['shift', 'was made', (world: FakeWorld) => (world.shiftFaults = ['hang'])],
    ['shift', 'was not made', (world: FakeWorld) => (world.shiftFaults = ['deaf', 'deaf', 'deaf'])],
    ['prepare', 'was not made', (world: FakeWorld) => (world.prepareFaults = ['deaf', 'deaf', 'deaf'])],
  ])('ends a %s that %s within 20 s, and reads back what came of it', async (kind, _title, world) => {
    const play = await theatre.play({ world });
    await stoppedBy(word, play);
    const state: RunState = await play.state();
    expect(state.unknown).toEqual([]);
    for (const target of ['eu', 'us']) {
      const read = state.census[target]?.revisions.find(({ revision }) => revision === 'v41');
      expect(read?.weight).toBe(play.world.weights[target]);
    }

    const told = await activitiesOf(play);
    const ofKind = told.filter(({ name }) => name === kind);
    expect(ofKind).toHaveLength(1);
    const [effect] = ofKind;
    const { cancelAskedAt = Number.NaN, endedAt = Number.NaN } = effect ?? {};
    expect(endedAt - cancelAskedAt).toBeGreaterThanOrEqual(0);
    expect(endedAt - cancelAskedAt).toBeLessThanOrEqual(ENDS_WITHIN_MS);
    expect(told.filter((each) => isEffect(each) && each.scheduledAt > cancelAskedAt)).toEqual([]);
  });
});
