// Every kind of target, one a line: what stands here, the policy file can name.
export { httpTarget } from './http';
export { execTarget } from './exec';
export { flagdTarget } from './flagd';
export { unleashTarget } from './unleash';
export { haproxyTarget } from './haproxy';
export { nginxTarget } from './nginx';
export { inMemoryTarget } from './in-memory';
export { httpRouteTarget } from './kubernetes/httproute';
export { virtualServiceTarget } from './kubernetes/virtualservice';
export { deploymentTarget } from './kubernetes/deployment';
export { replicasTarget } from './kubernetes/replicas';
export { statefulSetTarget } from './kubernetes/stateful-target';
export { rolloutTarget } from './kubernetes/rollout-target';
