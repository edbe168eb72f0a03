export { createGateway } from './app';
export type { GatewayClient, GatewayDependencies } from './dependencies';
export { runGateway } from './main';
export type { RunGatewayOptions } from './main';
