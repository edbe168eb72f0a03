import { join } from 'node:path';
import { launch } from './launch';
import type { RevisionSpec, ServiceConfig } from './types';

const RESTART_AFTER_MS = 200;

interface Instance {
  /** Absent while it starts. */
  port?: number;
}

/** The service processes of one proxy; one that dies is started again. Never shrinks. */
export class InstancePool {
  private readonly instances = new Map<string, Instance[]>();
  private readonly specs: ReadonlyMap<string, RevisionSpec>;
  private readonly startupMs: number;
  private readonly backendUrl: string | undefined;
  private turn = 0;

  constructor(specs: readonly RevisionSpec[], startupMs: number, backendUrl: string | undefined) {
    this.specs = new Map(specs.map((spec) => [spec.revision, spec]));
    this.startupMs = startupMs;
    this.backendUrl = backendUrl;
  }

  /** Starts what is missing to `count` instances of the revision; resolves when those started here are ready. */
  async grow(revision: string, count: number, startupMs = this.startupMs): Promise<void> {
    const running = this.instances.get(revision) ?? [];
    this.instances.set(revision, running);
    const starts: Promise<void>[] = [];
    while (running.length < count) {
      const instance: Instance = {};
      running.push(instance);
      starts.push(this.start(revision, instance, startupMs));
    }
    await Promise.all(starts);
  }

  /** How many instances of the revision answer now. */
  readyCount(revision: string): number {
    return (this.instances.get(revision) ?? []).filter((instance) => instance.port !== undefined).length;
  }

  /** The port of a ready instance, in turn; nothing when none is ready. */
  pick(revision: string): number | undefined {
    const ready = (this.instances.get(revision) ?? []).filter((instance) => instance.port !== undefined);
    this.turn = (this.turn + 1) % 0x7fff_ffff;
    return ready[this.turn % Math.max(1, ready.length)]?.port;
  }

  private async start(revision: string, instance: Instance, startupMs: number): Promise<void> {
    const config: ServiceConfig = {
      ...(this.specs.get(revision) ?? { revision }),
      startupMs,
      ...(this.backendUrl === undefined ? {} : { backendUrl: this.backendUrl }),
    };
    const launched = launch<{ port: number }>(join(__dirname, 'service-process.js'), config);
    void launched.exited.then(() => {
      delete instance.port;
      setTimeout(() => void this.start(revision, instance, this.startupMs), RESTART_AFTER_MS);
    });
    // One that never became ready has exited or hangs; the first is started again above, the second is ended here.
    await launched.ready.then(
      ({ port }) => {
        instance.port = port;
      },
      () => launched.kill(),
    );
  }
}
