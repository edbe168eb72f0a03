import type { Notification } from '../ports';
import type { RunLiveness } from '../contracts/activities';
import type { ServicePolicy } from '../domain/policy/policy';
import { serviceId } from '../domain/rollback/request';

/** What watching over the services needs. */
export interface ServiceWatchOptions {
  /** The services as configured now. */
  policies(): Promise<readonly ServicePolicy[]>;
  livenessOf(workflowId: string): Promise<RunLiveness>;
  tell(policy: ServicePolicy, notification: Notification): Promise<void>;
  readonly log: { error(details: object, message: string): void; warn(details: object, message: string): void };
  readonly now: () => number;
  readonly everyMs?: number;
}

const MINUTE_MS = 60_000;

/**
 * Looks once a minute whether a service's own workflow is stuck, and pages: it watches over its rollback, but nobody
 * inside Temporal can watch over it. Every worker does so; the notification has one identity for all of them.
 */
export class ServiceWatch {
  private readonly options: ServiceWatchOptions;
  private readonly told = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ServiceWatchOptions) {
    this.options = options;
  }

  start(): void {
    const { everyMs = MINUTE_MS, log } = this.options;
    const again = (): void => {
      this.timer = setTimeout(() => {
        this.look()
          .catch((error: unknown) => log.warn({ error: String(error) }, 'services could not be watched over'))
          .finally(() => this.timer && again());
      }, everyMs);
    };
    again();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** One look at every service. */
  async look(): Promise<void> {
    for (const policy of await this.options.policies()) {
      await this.lookAt(policy).catch((error: unknown) =>
        this.options.log.warn({ workflow: serviceId(policy), error: String(error) }, 'a service could not be watched'),
      );
    }
  }

  private async lookAt(policy: ServicePolicy): Promise<void> {
    const id = serviceId(policy);
    const liveness = await this.options.livenessOf(id);
    const why = liveness.kind === 'running' ? liveness.stuck : undefined;
    if (why === undefined) return void this.told.delete(id);
    if (this.told.has(id)) return;
    this.told.add(id);
    this.options.log.error({ workflow: id, why }, 'a service is stuck');
    const text = `${why}. No alert starts a rollback of it, and no word is read, until it is mended; all of them are kept`;
    const rollback = `${policy.environment}/${policy.service}`;
    const at = this.options.now();
    await this.options
      .tell(policy, { id: `${id}/stuck`, level: 'page', title: `${id} is STUCK`, text, rollback, at })
      .catch((error: unknown) => {
        this.told.delete(id);
        throw error;
      });
  }
}
