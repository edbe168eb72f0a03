import { weightOf } from '../../../src/domain/plan/census';
import type { DeploymentTarget, EffectResult, ShiftRequest } from '../../../src/ports';
import type { FakeWorld } from '../../workflows/support/fakes';

/** A real target in place of a fake one: requests follow what is read back of it. `told` hears what came of each shift. */
export function staffed(
  world: FakeWorld,
  name: string,
  target: DeploymentTarget,
  told: (request: ShiftRequest, result: EffectResult) => void = () => undefined,
): void {
  world.real[name] = {
    capabilities: () => target.capabilities(),
    check: (...args) => target.check(...args),
    prepare: (...args) => target.prepare(...args),
    async shift(request, signal) {
      const result = await target.shift(request, signal);
      told(request, result);
      return result;
    },
    async observe(signal) {
      const reading = await target.observe(signal);
      world.weights[name] = weightOf(reading, 'v41');
      return reading;
    },
  };
}
