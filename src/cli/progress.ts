import { count } from '../domain/report';
import type { Cli } from './cli';

const EVERY_MS = 200;

/** How far a long piece of work is, said on stderr of a terminal alone. */
export interface Progress {
  /** Says it now and then; lets others work where it did. */
  readonly done: (part: number) => Promise<void>;
  /** Wipes it. */
  readonly end: () => void;
}

/** Progress over so many parts, called `what`. */
export function progress(cli: Pick<Cli, 'err' | 'now'>, all: number, what: string): Progress {
  let saidAt = cli.now();
  let said = false;
  return {
    async done(part) {
      if (cli.err.isTTY !== true || cli.now() - saidAt < EVERY_MS) return;
      saidAt = cli.now();
      said = true;
      cli.err.write(`\r${count(part)} of ${count(all)} ${what}`);
      await new Promise((resolve) => setImmediate(resolve));
    },
    end() {
      if (said) cli.err.write('\r\u001b[K');
    },
  };
}
