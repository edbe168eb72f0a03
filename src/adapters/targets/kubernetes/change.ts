import { z } from 'zod';
import type { EffectResult } from '../../../ports';
import { unchanged } from './annotate';
import type { ClusterApi, PatchOperation } from './api';
import type { Tried } from './effect';
import type { Metadata } from './objects';

const versionSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** Changes an object as it was read. What is refused although nobody has changed it since is refused for good. */
export async function changeAsRead(
  api: ClusterApi,
  at: { readonly path: string; readonly metadata: Metadata },
  operations: readonly PatchOperation[],
  signal: AbortSignal,
): Promise<Tried | 'done'> {
  const patched = await api.patch(at.path, [unchanged(at.metadata), ...operations], signal);
  switch (patched.kind) {
    case 'done':
      return 'done';
    case 'refused':
      return refused(patched.because);
    case 'lost':
      return { outcome: 'unknown', detail: patched.because };
    case 'stale': {
      const now = await api.get(at.path, versionSchema, signal);
      return now?.metadata.resourceVersion === at.metadata.resourceVersion ? refused(patched.because) : 'again';
    }
  }
}

/** The effect is not made, for something is not as it was expected. */
export function conflict(detail: string): EffectResult {
  return { outcome: 'conflict', detail };
}

/** The effect is not made, and will not be as things are. */
export function refused(detail: string): EffectResult {
  return { outcome: 'refused', detail };
}
