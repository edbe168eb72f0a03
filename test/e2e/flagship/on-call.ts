import type { StatusView } from '../../../src/domain/rollback/status-view';
import { until } from '../support';
import type { Site } from './site';

const PATIENCE_MS = 480_000;

/** What is asked of the product, over the command line alone. */
export class OnCall {
  private readonly site: Site;
  private readonly service: string;

  constructor(site: Site, service = 'prod/checkout') {
    this.site = site;
    this.service = service;
  }

  async status(): Promise<StatusView | undefined> {
    const { out } = await this.site.run('status', this.service, '--output', 'json');
    return out.trim() === '' ? undefined : (JSON.parse(out) as { readonly view?: StatusView }).view;
  }

  /** The status once it is like that. */
  async sees(what: string, holds: (view: StatusView) => boolean, patienceMs = PATIENCE_MS): Promise<StatusView> {
    let last: StatusView | undefined;
    return until(
      async () => {
        last = await this.status();
        return last && holds(last) ? last : undefined;
      },
      patienceMs,
      () => `never: ${what}; the last status was ${JSON.stringify(last)}\n${this.site.logOf('worker')}`,
    );
  }

  /** Says yes to what it waits for now. */
  async approves({ wait }: StatusView): Promise<void> {
    await this.says('approve', this.service, '--wait', wait?.id ?? '');
  }

  /** A word that is recorded is durable; that it was taken is seen later, in what comes of it. */
  async says(...words: readonly string[]): Promise<void> {
    const { exit, err } = await this.site.run(...words);
    if (exit === 3 && err.includes('is recorded, not yet seen')) return;
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
  }
}
