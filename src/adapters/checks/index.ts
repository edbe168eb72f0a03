// Every readiness check that a team can add, one a line: what stands here, the policy file can name.
export { probeCheck } from './probe';
export { schemaCheck } from './schema';
export { execCheck } from './exec';
