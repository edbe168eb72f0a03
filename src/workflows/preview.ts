import type { Preview } from '../contracts/preview';
import { planByHand } from '../domain/rollback/by-hand';
import type { RollbackRequest } from '../domain/rollback';
import { rehearsalOf } from '../domain/simulation/rehearsal';
import { look } from './proxies';

/** What a rollback would do now, found by the same activities as a real one; takes no lock and changes nothing. */
export async function preview(request: RollbackRequest): Promise<Preview> {
  const now = Date.now();
  const { policy, assessment, census } = await look.assess({ request, now });
  if (assessment.kind === 'unblamed') return { kind: 'none', code: assessment.reason, detail: assessment.because };
  const atOnce = request.course === 'now';
  const planned = await look.plan({ policy, request, assessment, census, atOnce, now });
  if (planned.kind === 'unplannable') return { kind: 'none', code: planned.code, detail: planned.detail };
  const { environment, service, number, cause, releases, quarantined, slots } = request;
  const { plan } = planned;
  const { fromRevision, toRevision } = plan;
  const ref = { environment, service, number };
  const context = { ref, policy, ...(slots ? { slots } : {}), fromRevision, toRevision, cause };
  const { results, scripts } = await look.check({ ...context, plan, releases, quarantined, now });
  const { traffic } = assessment;
  return {
    kind: 'plan',
    plan,
    checks: results,
    ...(scripts ? { byHand: planByHand(plan, scripts) } : {}),
    rehearsal: rehearsalOf(policy, plan),
    ...(traffic ? { traffic } : {}),
  };
}
