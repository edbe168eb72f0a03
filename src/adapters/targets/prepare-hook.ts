import { isPlaced, isScripted } from '../../ports';
import type { DeploymentTarget, EffectResult, PrepareRequest, Scripted } from '../../ports';

/**
 * A target whose revisions a hook makes ready, because the target itself cannot start anything. The target is asked
 * first, which knows of newer effects: one that comes late starts nothing. Then the hook is asked, as a target is asked to
 * `prepare`, under the same number; what it refuses is refused.
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
  const before = await target.prepare(request, signal);
  if (!isHooks(before)) return before;
  const asked = await hook.prepare(request, signal);
  if (asked.outcome !== 'done' && asked.outcome !== 'alreadyInState') return asked;
  // What was read before the hook has begun is no answer any more.
  if (before.outcome === 'done' || before.outcome === 'alreadyInState')
    return withoutReading(before.outcome === 'done' ? before : asked);
  const own = await target.prepare(request, signal);
  if (own.outcome !== 'refused' || own.code !== 'NO_CAPACITY') return own;
  // What the hook has started passes its health checks in its own time; `observe` tells when.
  return { outcome: 'done', detail: asked.detail ?? 'the hook has been asked to start it' };
}

/** Whether it is the hook's turn: what nobody can start here it may, and what cannot be found may be what does not run. */
function isHooks(before: EffectResult): boolean {
  if (before.outcome === 'refused') return before.code === 'NO_CAPACITY' || before.code === 'REVISION_UNKNOWN';
  return before.outcome === 'done' || before.outcome === 'alreadyInState';
}

function withoutReading({ observed: _observed, ...said }: EffectResult): EffectResult {
  return said;
}
