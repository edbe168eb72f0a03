import { ClientError } from '../client';
import type { AlertMessage } from '../contracts/messages';
import { serviceId } from '../domain/rollback/request';
import type { GatewayClient } from './dependencies';
import { RETRY_AFTER_SECONDS } from './limits';
import type { AlertLimits } from './limits';
import { Problem } from './problem';
import { ServiceLane } from './service-lane';
import type { AlertTally } from './tally';

/** What the intake works with. */
export interface IntakeOptions {
  readonly client: Pick<GatewayClient, 'alerts'>;
  readonly limits: AlertLimits;
  readonly tally: AlertTally;
  readonly now: () => number;
}

/** Hands alerts to their services, each in a lane of its own, so that a storm about one reaches Temporal as a trickle. */
export class AlertIntake {
  private readonly lanes = new Map<string, ServiceLane>();
  private readonly options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  /** Resolves when every alert is durable. Otherwise a 503 for all of them, so that the sender delivers again. */
  async deliver(messages: readonly AlertMessage[]): Promise<void> {
    const byService = groupBy(messages, ({ alert }) => serviceId(alert));
    const lanes = [...byService].map(([id, own]) => ({ lane: this.laneOf(id, own), own }));
    const full = lanes.find(({ lane }) => lane.waiting >= this.options.limits.perService);
    if (full) throw this.shed(full.own);
    try {
      await Promise.all(lanes.map(({ lane, own }) => lane.deliver(own)));
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.options.tally.unavailable += 1;
      throw new Problem(503, error.code, 'not every alert could be recorded; send the delivery again', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    } finally {
      this.forgetIdle();
    }
    this.options.tally.accepted += 1;
  }

  private laneOf(id: string, messages: readonly AlertMessage[]): ServiceLane {
    const known = this.lanes.get(id);
    if (known) return known;
    const { client, tally, now } = this.options;
    const [first] = messages;
    if (!first) throw new Error('a lane is opened by an alert');
    const { environment, service } = first.alert;
    const lane = new ServiceLane({ tally, now, send: (batch) => client.alerts({ environment, service }, batch) });
    this.lanes.set(id, lane);
    return lane;
  }

  private shed(messages: readonly AlertMessage[]): Problem {
    this.options.tally.shed += 1;
    const service = messages[0]?.alert.service ?? 'one service';
    return new Problem(503, 'TOO_MANY_ALERTS', `too many deliveries wait for ${service}; send this one again`, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  private forgetIdle(): void {
    for (const [id, lane] of this.lanes) if (lane.isIdle) this.lanes.delete(id);
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
