export { capacityChecks, quarantineCheck, revisionPresentChecks } from './census-checks';
export type { CheckResult, CheckStatus } from './check-result';
export { judgeReadiness } from './readiness';
export type { Readiness } from './readiness';
export { reversibilityCheck } from './reversibility';
export { schemaCheck } from './schema-check';
