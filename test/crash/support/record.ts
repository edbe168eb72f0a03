import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { readEffects } from '../../../src/demo/fleet/proxy-store';
import type { EffectRecord } from '../../../src/demo/fleet/types';
import { rollbackId } from '../../../src/domain/rollback/request';
import type { RollbackRef } from '../../../src/domain/rollback/request';
import type { RunState } from '../../../src/domain/rollback/state';
import { eventually } from './people';
import type { Lab } from './lab';
import { filesOf, REGIONS, targetName, weightIn } from './world';

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Everything that is known of an ended rollback, from outside it as well. */
export interface LifeRecord {
  readonly ref: RollbackRef;
  /** The archived record of the run. */
  readonly state: RunState;
  readonly documents: readonly string[];
  readonly history: History;
  /** What the targets did, each in its own order. */
  readonly effects: Readonly<Record<string, readonly EffectRecord[]>>;
  /** What they serve in the end, in percent on the old revision. */
  readonly weights: Readonly<Record<string, number>>;
  /** Numbers of the rollbacks that the service has had. */
  readonly rollbacks: readonly number[];
}

const DOCUMENTS = ['report.json', 'report.md', 'report.html', 'state.json'];

export async function recordOf(lab: Lab, ref: RollbackRef): Promise<LifeRecord> {
  const folder = join(lab.archiveDir, rollbackId(ref));
  // The run closes only after its service has its outcome.
  const service = await eventually('the service knows the end', async () => {
    const view = await lab.client.serviceView(ref);
    return view && view.live?.number !== ref.number ? view : undefined;
  });
  const history = await eventually('the history can be read', () =>
    lab.connection.client.workflow.getHandle(rollbackId(ref)).fetchHistory(),
  );
  const ofRegions = <T>(value: (target: string) => T): Record<string, T> =>
    Object.fromEntries(REGIONS.map((region) => [region, value(targetName(ref.service, region))]));
  return {
    ref,
    state: JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as RunState,
    documents: DOCUMENTS.filter((name) => existsSync(join(folder, name))),
    history,
    effects: ofRegions((target) =>
      readEffects(filesOf(lab.worldDir, target).journal).filter(({ rollback }) => rollback === rollbackId(ref)),
    ),
    weights: ofRegions((target) => weightIn(lab.worldDir, target)),
    rollbacks: service.past.map((past) => past.number),
  };
}

/** One event of a history, in the few words that the assertions need. */
export interface Told {
  readonly at: number;
  readonly what: 'scheduled' | 'started' | 'ended' | 'signal' | 'other';
  /** Type of the activity, or kind of the command. */
  readonly name: string;
  readonly activityId: string;
  readonly attempt: number;
}

/** The history as plain lines, in its order. */
export function toldBy({ events }: History): readonly Told[] {
  const scheduled = new Map<string, { readonly name: string; readonly activityId: string }>();
  return (events ?? []).map((event): Told => {
    const at = Number(event.eventTime?.seconds ?? 0) * 1_000 + (event.eventTime?.nanos ?? 0) / 1_000_000;
    const base = { at, name: '', activityId: '', attempt: 0 };
    const asked = event.activityTaskScheduledEventAttributes;
    if (asked) {
      const named = { name: asked.activityType?.name ?? '', activityId: asked.activityId ?? '' };
      scheduled.set(String(event.eventId), named);
      return { ...base, ...named, what: 'scheduled' };
    }
    const begun = event.activityTaskStartedEventAttributes;
    if (begun) {
      const named = scheduled.get(String(begun.scheduledEventId)) ?? base;
      return { ...base, ...named, what: 'started', attempt: begun.attempt ?? 0 };
    }
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    if (ended) return { ...base, ...(scheduled.get(String(ended.scheduledEventId)) ?? base), what: 'ended' };
    const signal = event.workflowExecutionSignaledEventAttributes;
    return signal
      ? { ...base, what: 'signal', name: kindOf(signal.input?.payloads?.[0]?.data) }
      : { ...base, what: 'other' };
  });
}

function kindOf(data: Uint8Array | null | undefined): string {
  if (!data) return '';
  return (JSON.parse(Buffer.from(data).toString('utf8')) as { kind?: string }).kind ?? '';
}
