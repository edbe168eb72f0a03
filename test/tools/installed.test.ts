import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUN_TS = join(__dirname, '..', 'support', 'run-ts.js');
const PROGRAM = join(__dirname, 'made-up-process.ts');
const WHOLE = ['one half', 'other half'];

let home: string;
let cache: string;
let place: string;
const started: Installer[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'installed-'));
  cache = join(home, 'phased-rollback');
  place = join(cache, 'made-up-1.0');
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((installer) => installer.kill()));
  rmSync(home, { recursive: true });
});

/** Somebody who installs the made-up tool, in a process of their own. */
class Installer {
  readonly heard: string[] = [];
  readonly process: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor() {
    const env = { ...process.env, XDG_CACHE_HOME: home };
    this.process = fork(PROGRAM, { execArgv: ['-r', RUN_TS], env });
    this.process.on('message', (line: string) => this.heard.push(line));
    this.ended = once(this.process, 'exit');
    started.push(this);
  }

  /** The first line that is like that. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.heard.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await once(this.process, 'message');
    }
  }

  say(word: 'go on' | 'fail'): void {
    this.process.send(word);
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  /** Whether it made anything, or only found it. */
  get hasMade(): boolean {
    return this.heard.includes('one half made');
  }
}

async function installed(): Promise<Installer> {
  const installer = new Installer();
  await installer.until(/^one half made$/);
  installer.say('go on');
  await installer.until(/^has /);
  return installer;
}

describe('what tests need of others', () => {
  it('is installed once, and says what that takes and what it took', async () => {
    const first = await installed();
    const cost = [
      'says Installing made-up 1.0: two halves, a moment, once for this user.',
      expect.stringMatching(/^says Made made-up 1\.0 in \d+ s: what a cold cache cost\.$/),
    ];
    expect(first.heard.filter((line) => line.startsWith('says '))).toEqual(cost);
    const second = new Installer();
    await second.until(/^has /);
    expect(second.heard).toEqual([`has ${place}`]);
    expect(readdirSync(place)).toEqual(WHOLE);
  });

  it('is waited for where somebody installs it already, and nobody takes a half of it', async () => {
    const first = new Installer();
    await first.until(/^one half made$/);
    const second = new Installer();
    await second.until(/^says /);
    expect(second.heard).toEqual([`says Process ${first.process.pid} installs made-up 1.0 already; waiting for it.`]);
    expect(existsSync(place)).toBe(false);
    first.say('go on');
    await Promise.all([first.until(/^has /), second.until(/^has /)]);
    expect([first.hasMade, second.hasMade]).toEqual([true, false]);
    expect(readdirSync(place)).toEqual(WHOLE);
  });

  it('is made by one of many who begin at the same time', async () => {
    const all = Array.from({ length: 5 }, () => new Installer());
    for (const installer of all)
      void installer.until(/^one half made$/).then(
        () => installer.say('go on'),
        () => undefined,
      );
    await Promise.all(all.map((installer) => installer.until(/^has /)));
    expect(all.filter(({ hasMade }) => hasMade)).toHaveLength(1);
  });

  it('is made anew where whoever made it was killed half way, of whom nothing is left', async () => {
    const first = new Installer();
    await first.until(/^one half made$/);
    await first.kill();
    expect(existsSync(place)).toBe(false);
    await installed();
    expect(readdirSync(place)).toEqual(WHOLE);
    expect(readdirSync(cache)).toEqual(['made-up-1.0']);
  });

  it('is made by who waited where the one before was killed', async () => {
    const first = new Installer();
    await first.until(/^one half made$/);
    const second = new Installer();
    await second.until(/waiting for it/);
    await first.kill();
    await second.until(/^one half made$/);
    second.say('go on');
    await second.until(/^has /);
    expect(readdirSync(place)).toEqual(WHOLE);
  });

  it('leaves nothing behind that could not be made, and is tried again', async () => {
    const first = new Installer();
    await first.until(/^one half made$/);
    first.say('fail');
    expect(await first.until(/^failed/)).toContain('sold out');
    expect(readdirSync(cache)).toEqual([]);
    await installed();
    expect(readdirSync(cache)).toEqual(['made-up-1.0']);
  });
});
