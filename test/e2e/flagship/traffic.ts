import { Agent, get } from 'node:http';

const EVERY_MS = 20;

/** Shorter than any server of the tests keeps a connection that rests: one that it closes just then loses a visit. */
const RESTS_AT_MOST_MS = 5_000;

/** Visitors of every address, fifty a second each, for as long as nobody ends it. */
export class Traffic {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 50, timeout: RESTS_AT_MOST_MS });
  private readonly timer: NodeJS.Timeout;
  private counts = { ok: 0, failed: 0, lost: 0 };

  constructor(urls: readonly string[]) {
    this.timer = setInterval(() => urls.forEach((url) => this.visit(url)), EVERY_MS);
  }

  /** How the visits since the last time were answered; lost are those that nobody answered. */
  taken(): { readonly ok: number; readonly failed: number; readonly lost: number } {
    const { counts } = this;
    this.counts = { ok: 0, failed: 0, lost: 0 };
    return counts;
  }

  end(): void {
    clearInterval(this.timer);
    this.agent.destroy();
  }

  private visit(url: string): void {
    get(url, { agent: this.agent }, (response) => {
      if (response.statusCode === 200) this.counts.ok += 1;
      else if (response.statusCode === 500) this.counts.failed += 1;
      else this.counts.lost += 1;
      response.resume();
    }).once('error', () => (this.counts.lost += 1));
  }
}
