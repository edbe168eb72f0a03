import { renderStatusBlock } from '../domain/report/status-block';
import { formatUtc } from '../domain/report/time';
import type { RunState } from '../domain/rollback/state';
import type { StatusView } from '../domain/rollback/status-view';

/** Prints a rollback as it goes: journal lines above, on a terminal the living status block below. */
export class Screen {
  private shown = 0;
  private drawnLines = 0;
  private readonly out: NodeJS.WriteStream;

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.out = out;
  }

  /** One line of ours. */
  line(text: string): void {
    this.erase();
    this.out.write(`${text}\n`);
  }

  /** What is new in the journal, and the block as it stands. */
  show(view: StatusView, state: RunState): void {
    const fresh = state.journal.slice(this.shown);
    if (fresh.length > 0) this.erase();
    for (const entry of fresh) {
      const times = entry.times > 1 ? ` (${entry.times} times)` : '';
      this.out.write(`  ${formatUtc(entry.at)}  ${entry.kind.padEnd(8)}  ${entry.text}${times}\n`);
    }
    this.shown = state.journal.length;
    if (this.out.isTTY) this.draw(renderStatusBlock(view, { now: Date.now() }));
  }

  /** The block once, for good. */
  finish(view: StatusView): void {
    this.erase();
    this.out.write(`\n${renderStatusBlock(view, { now: Date.now() })}\n`);
  }

  private draw(block: string): void {
    this.erase();
    this.out.write(`\n${block}\n`);
    this.drawnLines = block.split('\n').length + 1;
  }

  private erase(): void {
    if (this.drawnLines === 0) return;
    this.out.write(`\u001b[${this.drawnLines}A\u001b[0J`);
    this.drawnLines = 0;
  }
}
