import type { StatusView } from '../../../src/domain/rollback/status-view';
import { until } from '../support';
import type { Site } from './site';

const PATIENCE_MS = 480_000;
/** A command is dear to start, and ends at once where there is nothing to watch yet. */
const LOOK_AGAIN_MS = 1_000;

/** What is asked of the product, over the command line alone. */
export class OnCall {
  private readonly site: Site;
  private readonly service: string;

  constructor(site: Site, service = 'prod/checkout') {
    this.site = site;
    this.service = service;
  }

  /** The status once it is like that, watched as a person would by one command for as long as it goes on. */
  async sees(what: string, holds: (view: StatusView) => boolean, patienceMs = PATIENCE_MS): Promise<StatusView> {
    const deadline = Date.now() + patienceMs;
    let last: StatusView | undefined;
    return until(
      async () => {
        for await (const view of this.watched(deadline)) if (holds((last = view))) return view;
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        return undefined;
      },
      patienceMs,
      () => `never: ${what}; the last status was ${JSON.stringify(last)}\n${this.site.logOf('worker')}`,
    );
  }

  /** What is told until the rollback has ended, or at once where there is none yet. */
  private async *watched(deadline: number): AsyncGenerator<StatusView> {
    const { told, end } = this.site.follow('status', this.service, '--watch', '--output', 'json');
    const late = setTimeout(end, deadline - Date.now());
    try {
      for await (const line of told) {
        const { view } = JSON.parse(line) as { readonly view?: StatusView };
        if (view) yield view;
      }
    } finally {
      clearTimeout(late);
      end();
    }
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
