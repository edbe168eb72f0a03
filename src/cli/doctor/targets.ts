import { revisionPresentChecks } from '../../domain/readiness';
import type { TargetReading } from '../../domain/plan/census';
import type { TargetPolicy } from '../../domain/policy/policy';
import { plain, shareText } from '../../domain/report';
import { isPlaced, TerminalError } from '../../ports';
import type { DeploymentTarget, TargetCapabilities } from '../../ports';
import type { Finding } from '../examination';
import { checkFinding } from './memory';
import { fine, lookLimit, textOf } from './picture';
import type { Picture } from './picture';

/** Per target: what it serves and who else holds it, how it can be moved, and whether it could be now. */
export async function targetFindings(picture: Picture): Promise<readonly Finding[]> {
  const each = await Promise.all(picture.policy.targets.map((target) => findingsOf(picture, target)));
  return [...each.flat(), ...nothingToMoveTo(picture)];
}

async function findingsOf(picture: Picture, policy: TargetPolicy): Promise<readonly Finding[]> {
  const { census, unread, pair, adapters } = picture;
  const reading = census[policy.name];
  const target = adapters.target(policy);
  if (!reading)
    return [
      {
        state: 'bad',
        what: `target ${policy.name}`,
        seen: `cannot be read: ${unread[policy.name] ?? 'no reading'}`,
        fix: `make ${policy.name} answer from here, or mend its stanza`,
      },
      ...(await placesOf(target, policy.name)),
    ];
  const present = pair
    ? revisionPresentChecks(census, [policy.name], pair.to).filter(({ status }) => status !== 'pass')
    : [];
  return [
    ...serving(reading),
    ...(await placesOf(target, policy.name)),
    fine(`moves ${policy.name}`, howItMoves(target.capabilities(), reading)),
    ...present.map(checkFinding),
    ...(pair ? [await dryRun(target, policy.name, pair)] : []),
  ];
}

function serving({ target, revisions, owner, uneven, units }: TargetReading): readonly Finding[] {
  const shares = revisions.map(
    (entry) =>
      `${plain(entry.revision)} ${plain(shareText(entry.weight, units))} (ready for ${shareText(entry.readyCapacity)})`,
  );
  return [
    revisions.length > 0
      ? fine(`target ${target}`, `serves ${shares.join(', ')}`)
      : {
          state: 'note',
          what: `target ${target}`,
          seen: 'serves nothing',
          fix: `see that ${target} has a revision, or mend its stanza`,
        },
    ...(owner === undefined ? [] : [ownerFinding(target, owner)]),
    ...(uneven ? [unevenFinding(target)] : []),
  ];
}

/** Which revision is where, and who says so, of a target that has to be told. */
async function placesOf(target: DeploymentTarget, name: string): Promise<readonly Finding[]> {
  if (!isPlaced(target)) return [];
  const what = `revisions ${name}`;
  try {
    const { toldBy, places } = await target.placing(lookLimit());
    const told = places.map(({ name: place, holds }) =>
      'unknown' in holds ? `${plain(place)} unknown` : `${plain(place)} ${plain(holds.revision)}`,
    );
    const seen = `told by ${plain(toldBy)}: ${told.join(', ')}`;
    const unknown = places.flatMap(({ holds }) => ('unknown' in holds ? [plain(holds.unknown)] : []));
    return unknown.length === 0 ? [fine(what, seen)] : [{ state: 'note', what, seen, fix: unknown.join('; ') }];
  } catch {
    // Why it cannot be read is said of the target itself.
    return [];
  }
}

function ownerFinding(target: string, owner: string): Finding {
  return {
    state: 'note',
    what: `owner ${target}`,
    seen: `${plain(owner)} manages it too`,
    fix: `let ${plain(owner)} leave the shares of ${target} alone, or it puts back what a rollback moves`,
  };
}

function unevenFinding(target: string): Finding {
  return {
    state: 'note',
    what: `parts of ${target}`,
    seen: 'do not serve the same shares; what is shown is their mean',
    fix: 'nothing, if it is being changed now; else set its parts alike',
  };
}

function howItMoves({ granularity, sticky, fenced }: TargetCapabilities, { units }: TargetReading): string {
  const users = sticky ? 'a user who was moved stays moved' : 'each request is split anew';
  const late = fenced
    ? 'late effects are refused by the target itself'
    : 'the target cannot tell two effects of one instant apart';
  return `${grain(granularity, units)}; ${users}; ${late}`;
}

function grain(granularity: TargetCapabilities['granularity'], units: TargetReading['units']): string {
  switch (granularity) {
    case 'percent':
      return 'in percent';
    case 'units':
      return units
        ? `in whole ${plain(units.name)}, ${units.total} of them`
        : 'in whole units, how many it does not say';
    case 'all':
      return 'all of it or nothing';
  }
}

async function dryRun(target: DeploymentTarget, name: string, pair: NonNullable<Picture['pair']>): Promise<Finding> {
  const what = `dry run ${name}`;
  const [from, to] = [plain(pair.from), plain(pair.to)];
  const fix = `make ${name} able to serve ${to}, then look again`;
  try {
    const found = await target.check(pair, lookLimit());
    const why = plain(found.detail);
    if (found.ok) return fine(what, `${from} → ${to}: ${why}`);
    const wayOut = found.wayOut === undefined ? fix : plain(found.wayOut);
    return { state: 'bad', what, seen: `${from} → ${to} would be refused (${found.code}): ${why}`, fix: wayOut };
  } catch (error) {
    const seen = `${from} → ${to} could not be tried: ${textOf(error)}`;
    const isReached = error instanceof TerminalError;
    return { state: 'bad', what, seen, fix: isReached ? `see to what ${name} says, then look again` : fix };
  }
}

function nothingToMoveTo({ pair, census, name }: Picture): readonly Finding[] {
  if (pair || Object.keys(census).length === 0) return [];
  return [
    {
      state: 'note',
      what: 'dry run',
      seen: 'not made: there is one revision, and no earlier one is known good',
      fix: `deploy the old revision beside it, or import its release: phased-rollback release ${name} <revision> --from <time> --to <time>`,
    },
  ];
}
