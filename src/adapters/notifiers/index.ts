// Every way to reach people, one a line: what stands here, the policy file can name.
export { logNotifier } from './log';
export { webhookNotifier } from './webhook';
export { inMemoryNotifier } from './in-memory';
