export * from './alert-source';
export * from './archive';
export * from './deployment-target';
export * from './errors';
export * from './metric-provider';
export * from './notifier';
export * from './readiness-check';
export * from './time-limit';
