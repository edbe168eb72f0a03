import { setTimeout as pause } from 'node:timers/promises';
import { limitedTo, RetryableError, TerminalError } from '../../ports';
import { runChild } from '../child-process';
import type { ChildEnd } from '../child-process';
import { attempt, exchange, withoutSecrets } from '../http';
import { outsideText } from '../outside-text';

const KILL_AFTER_MS = 1_000;
const MOST_STDOUT_BYTES = 65_536;
const ASK_EVERY_MS = 25;
/** New workers stand beside old ones for a tenth of a second: answers have to be the same for longer than that. */
const SAME_ANSWERS = 10;
const UP_WITHIN_MS = 1_000;

/** How to test, reload and ask one NGINX. */
export interface NginxSettings {
  readonly test: readonly string[];
  readonly reload: readonly string[];
  readonly state: string;
  readonly environment: readonly string[];
}

/** Runs NGINX's own commands and asks it what it serves. */
export class NginxServer {
  private readonly name: string;
  private readonly settings: NginxSettings;

  constructor(name: string, settings: NginxSettings) {
    this.name = name;
    this.settings = settings;
  }

  /** Why NGINX does not take the files as they are, in its words; undefined where it does. */
  async complaint(signal: AbortSignal): Promise<string | undefined> {
    const end = await this.run(this.settings.test, signal);
    if (end.kind === 'exited' && end.code === 0) return undefined;
    if (end.kind === 'exited') return `NGINX does not take it: ${outsideText(end.stderr)}`;
    throw this.notRun(this.settings.test, end);
  }

  /** Tells NGINX to read its files. Throws only where it surely was not told. */
  async reload(signal: AbortSignal): Promise<void> {
    const end = await this.run(this.settings.reload, signal);
    if (end.kind === 'notStarted') throw this.notRun(this.settings.reload, end);
    if (end.kind === 'killed' || end.code === 0) return;
    throw new RetryableError(
      'TARGET_UNREACHABLE',
      `${this.name}: ${this.settings.reload.join(' ')} ended with ${end.code}: ${outsideText(end.stderr)}`,
    );
  }

  /** The state that NGINX answers with, over a connection of its own: an open one belongs to an old worker. */
  async state(signal: AbortSignal): Promise<string> {
    const { state: url } = this.settings;
    const init = { headers: { connection: 'close' }, signal };
    const { status, body } = await exchange(url, init, 'TARGET_UNREACHABLE');
    const says = (what: string): string => `${this.name}: ${withoutSecrets(url)}: ${what}`;
    if (status === 401 || status === 403)
      throw new TerminalError('TARGET_UNAUTHORIZED', says(`HTTP ${status}: let this worker ask there`));
    if (status >= 500 || status === 429) throw new RetryableError('TARGET_UNREACHABLE', says(`HTTP ${status}`));
    if (status !== 200)
      throw new TerminalError('TARGET_MISCONFIGURED', says(`HTTP ${status}: let it return the state of the split`));
    const told = body.trim();
    if (!/^\w{1,64}$/.test(told))
      throw new RetryableError('TARGET_ANSWER_UNREADABLE', says('the answer is no state: return $<variable>_state'));
    return told;
  }

  /** Why NGINX as a whole does not serve that state, when the time is over; undefined once it does. */
  async notServing(wanted: string, signal: AbortSignal): Promise<string | undefined> {
    let last = 'it was not asked';
    for (let same = 0; same < SAME_ANSWERS;) {
      try {
        const told = await this.state(signal);
        same = told === wanted ? same + 1 : 0;
        last = `NGINX answers ${told}, not ${wanted}`;
      } catch (error) {
        // What it answered before the time was over tells more than that it is over.
        if (signal.aborted) return last;
        same = 0;
        last = error instanceof Error ? error.message : String(error);
      }
      if (signal.aborted) return last;
      await pause(ASK_EVERY_MS);
    }
    return undefined;
  }

  /** How many of the addresses answer with 2xx. */
  async up(addresses: readonly string[], signal: AbortSignal): Promise<number> {
    const ends = await Promise.all(
      addresses.map((address) => attempt(address, { signal: limitedTo(signal, UP_WITHIN_MS) })),
    );
    return ends.filter((end) => end.kind === 'answer' && end.answer.status >= 200 && end.answer.status < 300).length;
  }

  private run(command: readonly string[], signal: AbortSignal): Promise<ChildEnd> {
    const environment = Object.fromEntries(
      this.settings.environment.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    );
    const limits = { maxStdoutBytes: MOST_STDOUT_BYTES, killAfterMs: KILL_AFTER_MS };
    return runChild({ command, environment, input: '', ...limits, signal });
  }

  private notRun(command: readonly string[], end: Exclude<ChildEnd, { kind: 'exited' }>): Error {
    const message = `${this.name}: ${command.join(' ')}: ${end.because}`;
    return end.kind === 'notStarted' && !end.later
      ? new TerminalError('TARGET_MISCONFIGURED', `${message}: is it the program's path?`)
      : new RetryableError('TARGET_UNREACHABLE', message);
  }
}
