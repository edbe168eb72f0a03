import type { CheckPolicy } from '../../domain/policy/policy';
import type { Finding } from '../examination';
import { checkFinding } from './memory';
import { lookLimit, textOf } from './picture';
import type { Picture } from './picture';

/** The checks that a team added, run as readiness runs them; they change nothing. */
export async function addedCheckFindings(picture: Picture): Promise<readonly Finding[]> {
  const { pair, policy } = picture;
  if (!pair) return [];
  return Promise.all(policy.checks.map((check) => runOne(picture, check, pair)));
}

async function runOne(picture: Picture, check: CheckPolicy, pair: NonNullable<Picture['pair']>): Promise<Finding> {
  const { environment, service, targets } = picture.policy;
  const context = { environment, service, revision: pair, targets: targets.map((target) => target.name) };
  try {
    const result = await picture.adapters.check(check).run(context, lookLimit());
    return checkFinding({ ...result, check: `check ${result.check}` });
  } catch (error) {
    return { state: 'bad', what: `check ${check.type}`, seen: textOf(error), fix: 'mend the check, then look again' };
  }
}
