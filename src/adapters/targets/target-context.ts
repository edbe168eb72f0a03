import type { SlotRecord } from '../../domain/service/slots';
import type { InMemoryTarget } from './in-memory';

/** What a target's factory is given beside the dependencies of all. */
export interface TargetContext {
  /** The target's name in the policy. */
  readonly name: string;
  /** What the release record says of slots, where whoever asks has it at hand. */
  readonly slots?: SlotRecord;
  /** Fakes by name, which must be the same one at every use. */
  readonly inMemory: Map<string, InMemoryTarget>;
}
