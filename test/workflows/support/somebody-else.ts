import { Context } from '@temporalio/activity';
import type { FakeWorld } from './fakes';

/** Somebody else takes eu's traffic away during that activity: in a look of its own, so that no step is faster. */
export function somebodyElseTakesBack(world: FakeWorld, during: 'bake' | 'watch'): void {
  world.beforeTelling = async () => {
    if (Context.current().info.activityType === during) world.weights.eu = 0;
  };
}
