export { openPhase, simulatePhase } from './phase';
export type { RunningPhase, SimulatedPhase, Timing } from './phase';
export { binomial, generator, poisson } from './random';
export type { Random } from './random';
export { drawWorld } from './worlds';
export type { DrawnWorld, Truth, World } from './worlds';
