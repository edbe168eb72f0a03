import { writeFileSync } from 'node:fs';
import { fromDebian } from '../../tools/debian';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

/** The wall clock of processes that are started with its environment; it jumps while they run. Timers do not. */
export class JumpingClock {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
    this.jump(0);
  }

  /** The clock is wrong by that many seconds from now on. */
  jump(seconds: number): void {
    writeFileSync(this.file, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
  }

  get env(): NodeJS.ProcessEnv {
    return {
      LD_PRELOAD: fromDebian(LIBRARY, 'faketime'),
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }
}
