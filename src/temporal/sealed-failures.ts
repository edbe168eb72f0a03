import { DefaultFailureConverter } from '@temporalio/common';

/** Moves the messages and stack traces of failures into payloads, which are sealed; loaded by path, in workflows too. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
