import { z } from 'zod';
import type { TargetFaults, TargetOperation } from './types';

const schema: z.ZodType<TargetFaults> = z.strictObject({
  hangMs: z.number().min(0).optional(),
  delayMs: z.number().min(0).optional(),
  lieWeight: z.number().min(0).max(100).optional(),
  refuse: z.string().min(1).optional(),
  operations: z.array(z.enum(['check', 'observe', 'prepare', 'shift'])).optional(),
  times: z.int().min(1).optional(),
  metrics: z.enum(['unavailable', 'nan', 'frozen']).optional(),
});

/** The misbehaviour a control side is told to show. */
export class FaultBoard {
  private faults: TargetFaults = {};

  /** Replaces all faults; throws a `ZodError` on anything else than faults. */
  set(faults: unknown): void {
    this.faults = schema.parse(faults);
  }

  /** What is set, with the times that are left. */
  get all(): TargetFaults {
    return this.faults;
  }

  /** The faults to show for this request; counts it against `times`. */
  take(operation: TargetOperation): TargetFaults {
    const { operations, times, metrics } = this.faults;
    if (operations !== undefined && !operations.includes(operation)) return {};
    const shown = this.faults;
    if (times === 1) this.faults = metrics === undefined ? {} : { metrics };
    else if (times !== undefined) this.faults = { ...this.faults, times: times - 1 };
    return shown;
  }
}
