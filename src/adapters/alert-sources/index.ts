// Every webhook format, one a line: what stands here, the policy file can name.
export { alertmanager } from './alertmanager';
export { standardWebhooks } from './standard-webhooks';
