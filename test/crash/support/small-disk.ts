import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A disk of a few megabytes of its own, which can be filled to the last byte and cleared again. */
export class SmallDisk {
  readonly folder: string;
  private readonly filler: string;

  constructor(folder: string, megabytes: number) {
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'small-disk', folder]);
    this.folder = folder;
    this.filler = join(folder, 'filler');
  }

  /** Nothing can be written any more. */
  fill(): void {
    const block = Buffer.alloc(4_096);
    try {
      for (;;) writeFileSync(this.filler, block, { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  clear(): void {
    rmSync(this.filler, { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.folder]);
  }
}
