import { TcpGate } from '../../../support/tcp-gate';
import { needsStore, startStore } from './metric-store';
import type { MetricStore, StoreKind } from './metric-store';

/** What one test has of a store that others use too: its lines and its questions bear a label that no other part has. */
export interface StorePart {
  /** A way of its own to the store. */
  readonly url: string;
  /** Puts a page up in place of what this part showed before, and waits until the store has scraped it. */
  readonly show: (page: string) => Promise<void>;
  /** Shows it for more than one scrape, so that whoever looks as often as is usual sees it, however late one scrape is. */
  readonly keep: (page: string) => Promise<void>;
  /** Lets scrapes of all parts fail until one of them shows something again. */
  readonly fail: () => Promise<void>;
  /** Milliseconds between the scrapes of a series of this part, as the store has them. */
  readonly gaps: (name: string) => Promise<readonly number[]>;
  /** The same configuration of a provider, with selectors that see this part alone. */
  readonly within: (settings: object) => object;
  /** Ends the way to the store: nobody answers there any more. */
  readonly stop: () => void;
  readonly close: () => Promise<void>;
}

const SELECTORS = ['requests', 'bad', 'gauge', 'events'];

/** A real store for all tests of a file, started when the first of them needs it. */
export class SharedStore {
  private readonly kind: StoreKind;
  private started: Promise<MetricStore> | undefined;
  private readonly pages = new Map<string, string>();
  private parts = 0;

  constructor(kind: StoreKind) {
    this.kind = kind;
    needsStore(kind);
  }

  /** A part in which nothing has been shown yet. */
  async part(): Promise<StorePart> {
    const store = await (this.started ??= startStore(this.kind));
    const run = `r${(this.parts += 1)}`;
    const way = new TcpGate();
    await way.open(new URL(store.url).host);
    const show = async (page: string): Promise<void> => {
      this.pages.set(run, marked(page, run));
      await store.show([...this.pages.values()].join('\n'));
    };
    return {
      url: `http://${way.address}`,
      show,
      async keep(page) {
        await show(page);
        await show(page);
      },
      fail: () => store.fail(),
      async gaps(name) {
        const times = await store.times(`${name}{run="${run}"}`);
        return times.slice(1).map((at, index) => at - (times[index] ?? at));
      },
      within: (settings) =>
        Object.fromEntries(
          Object.entries(settings).map(([key, value]) => [key, SELECTORS.includes(key) ? narrowed(value, run) : value]),
        ),
      stop: () => way.close(),
      close: async () => {
        this.pages.delete(run);
        way.close();
      },
    };
  }

  async close(): Promise<void> {
    await (await this.started)?.close();
  }
}

function marked(page: string, run: string): string {
  const lines = page.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.replace(/^(\w+)(\{| )/, (_all, name, next) => marking(name, next, run))).join('\n');
}

function marking(name: string, next: string, run: string): string {
  return next === '{' ? `${name}{run="${run}",` : `${name}{run="${run}"} `;
}

type Selector = { readonly labels?: object } | { readonly slowerThan: object } | undefined;

function narrowed(selector: Selector, run: string): Selector {
  if (!selector) return undefined;
  if ('slowerThan' in selector) return { slowerThan: { ...narrowed(selector.slowerThan, run) } };
  return { ...selector, labels: { ...selector.labels, run } };
}
