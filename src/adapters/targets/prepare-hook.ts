import { isPlaced, isScripted } from '../../ports';
import type { DeploymentTarget, EffectResult, PrepareRequest, Scripted } from '../../ports';

/**
 * A target whose revisions a hook makes ready, because the target itself cannot start anything. The hook is asked first,
 * as a target is asked to `prepare`, under the same number; what it refuses is refused.
 */
export function withPrepareHook(target: DeploymentTarget, hook: DeploymentTarget): DeploymentTarget {
  const hooked: DeploymentTarget = {
    capabilities: () => target.capabilities(),
    check: (revision, signal) => target.check(revision, signal),
    observe: (signal) => target.observe(signal),
    prepare: (request, signal) => preparedBy(hook, target, request, signal),
    shift: (request, signal) => target.shift(request, signal),
  };
  const placed = isPlaced(target) ? { ...hooked, placing: (signal: AbortSignal) => target.placing(signal) } : hooked;
  if (!isScripted(target)) return placed;
  const scripted: DeploymentTarget & Scripted = {
    ...placed,
    script: async (question, signal) => {
      const { begin, ...rest } = await target.script(question, signal);
      const first = `# A hook of the policy starts ${question.revision.to} here: start it first.`;
      return { ...rest, begin: [first, ...begin] };
    },
  };
  return scripted;
}

async function preparedBy(
  hook: DeploymentTarget,
  target: DeploymentTarget,
  request: PrepareRequest,
  signal: AbortSignal,
): Promise<EffectResult> {
  const asked = await hook.prepare(request, signal);
  if (asked.outcome !== 'done' && asked.outcome !== 'alreadyInState') return asked;
  const own = await target.prepare(request, signal);
  if (own.outcome !== 'refused' || own.code !== 'NO_CAPACITY') return own;
  // What the hook has started passes its health checks in its own time; `observe` tells when.
  return { outcome: 'done', detail: asked.detail ?? 'the hook has been asked to start it' };
}
