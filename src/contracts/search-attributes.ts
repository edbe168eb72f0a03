import { defineSearchAttributeKey } from '@temporalio/common';

/** `<environment>/<service>` of a rollback. */
export const rollbackServiceKey = defineSearchAttributeKey('RollbackService', 'KEYWORD');

/** The stage of `domain/rollback`, or how it ended. */
export const rollbackStageKey = defineSearchAttributeKey('RollbackStage', 'KEYWORD');

/** Why it waits, or why it ended. */
export const rollbackReasonKey = defineSearchAttributeKey('RollbackReason', 'KEYWORD');
