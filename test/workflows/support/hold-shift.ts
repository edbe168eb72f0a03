import { EventEmitter, once } from 'node:events';
import type { FakeWorld } from './fakes';

/** Holds the next shift in the middle of its call, from when it has `begun` until it is let go. */
export function holdShift(world: FakeWorld) {
  const shift = new EventEmitter();
  const begun = once(shift, 'begun');
  world.duringShift = async () => {
    world.duringShift = async () => undefined;
    const end = once(shift, 'end');
    shift.emit('begun');
    await end;
  };
  return { begun, letGo: () => shift.emit('end') };
}
