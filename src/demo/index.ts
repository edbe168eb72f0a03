export { runDemo } from './run-demo';
export type { DemoOptions } from './run-demo';
export { SCENARIOS } from './scenarios';
export type { ScenarioName } from './scenarios';
