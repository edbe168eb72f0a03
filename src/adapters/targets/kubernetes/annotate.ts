import type { PatchOperation } from './api';
import type { Metadata } from './objects';
import { markKey } from './marks';
import type { Mark } from './marks';

/** Only if nobody has changed the object since it was read. */
export function unchanged({ resourceVersion }: { readonly resourceVersion: string }): PatchOperation {
  return { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion };
}

/** Leaves the mark on the object. */
export function leaveMark(metadata: Metadata, operation: 'prepare' | 'shift', mark: Mark): readonly PatchOperation[] {
  return annotate(metadata, markKey(operation), JSON.stringify(mark));
}

/** Gives the object an annotation, or another value of it. */
export function annotate({ annotations }: Metadata, key: string, value: string): readonly PatchOperation[] {
  const none = Object.keys(annotations).length === 0;
  return [
    ...(none ? [{ op: 'add', path: '/metadata/annotations', value: {} } as const] : []),
    { op: 'add', path: `/metadata/annotations/${key.replace('/', '~1')}`, value },
  ];
}
