import type { DataConverter } from '@temporalio/common';

/**
 * How payloads are turned into bytes, for clients and workers alike. The default converter; encryption would be
 * added here, once.
 */
export const dataConverter: DataConverter = {};
