import { z } from 'zod';
import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
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
      return refused(denied(patched.because));
    case 'lost':
      return { outcome: 'unknown', detail: patched.because };
    case 'stale': {
      const now = await api.get(at.path, versionSchema, signal);
      return now?.metadata.resourceVersion === at.metadata.resourceVersion ? refused(denied(patched.because)) : 'again';
    }
  }
}

/** The effect is not made, for something is not as it was expected. */
export function conflict(why: Objection): EffectResult {
  return { outcome: 'conflict', ...why };
}

/** The effect is not made, and will not be as things are. */
export function refused(why: Objection): EffectResult {
  return { outcome: 'refused', ...why };
}

/** What the API server, its rights or its admission say no to. */
export function denied(because: string): Objection {
  return objection('NOT_ALLOWED', because);
}
