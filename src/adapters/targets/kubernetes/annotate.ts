import type { PatchOperation } from './api';
import type { Metadata } from './objects';
import { markKey } from './marks';
import type { Mark } from './marks';

/** Only if nobody has changed the object since it was read. */
export function unchanged({ resourceVersion }: { readonly resourceVersion: string }): PatchOperation {
  return { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion };
}

/** Leaves the mark on the object. */
export function leaveMark(
  { annotations }: Metadata,
  operation: 'prepare' | 'shift',
  mark: Mark,
): readonly PatchOperation[] {
  const none = Object.keys(annotations).length === 0;
  return [
    ...(none ? [{ op: 'add', path: '/metadata/annotations', value: {} } as const] : []),
    { op: 'add', path: `/metadata/annotations/${markKey(operation).replace('/', '~1')}`, value: JSON.stringify(mark) },
  ];
}
