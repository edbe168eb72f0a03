import { reversibilityCheck, quarantineCheck, schemaCheck } from '../../domain/readiness';
import type { CheckResult } from '../../domain/readiness';
import { formatUtc, plain } from '../../domain/report';
import type { Release } from '../../domain/service/release';
import type { ServiceView } from '../../domain/service/view';
import type { Finding } from '../examination';
import { afterTheEnd } from './after-the-end';
import { fine } from './picture';
import type { Picture } from './picture';

/** What the service's workflow knows: how far it goes by itself, what is live, and whether there is anything to go back to. */
export function memoryFindings(picture: Picture): readonly Finding[] {
  const { memory, name, policy } = picture;
  switch (memory.kind) {
    case 'away':
      return [
        {
          state: 'bad',
          what: 'temporal server',
          seen: memory.because,
          fix: 'start it, or name another with --address or TEMPORAL_ADDRESS; releases, freezes and live rollbacks are unknown until then',
        },
      ];
    case 'silent':
      return [
        {
          state: 'bad',
          what: 'worker',
          seen: `${name} does not answer: no worker is alive, or it has just been configured`,
          fix: 'phased-rollback worker, then look again; releases, freezes and live rollbacks are unknown until then',
        },
      ];
    case 'known':
      return [
        ...policyInForce(memory.view, policy.hash),
        ...stateFindings(name, memory.view),
        ...afterTheEnd(picture, memory.view),
        goingBack(name, memory.view),
        ...readiness(picture, memory.view),
      ];
  }
}

function policyInForce({ policyError, policyHash }: ServiceView, here: string): readonly Finding[] {
  if (policyError !== undefined)
    return [
      {
        state: 'bad',
        what: 'policy in force',
        seen: `none: ${plain(policyError)}`,
        fix: 'mend the policy file of the workers; until then the service starts nothing',
      },
    ];
  if (policyHash === undefined || policyHash === here) return [];
  return [
    {
      state: 'note',
      what: 'policy in force',
      seen: `the workers have ${policyHash}, this file says ${here}`,
      fix: 'give the workers the same file (they read it again by themselves); what follows is about this one',
    },
  ];
}

function stateFindings(name: string, view: ServiceView): readonly Finding[] {
  const { live, freeze } = view;
  return [
    modeFinding(name, view),
    ...(live
      ? [
          {
            state: 'note' as const,
            what: 'rollback',
            seen: `${name}/${live.number} is live since ${formatUtc(live.startedAt)}`,
            fix: `nothing to mend: phased-rollback status ${name}`,
          },
        ]
      : []),
    ...(freeze
      ? [
          {
            state: 'note' as const,
            what: 'freeze',
            seen: `by ${plain(freeze.by)} until ${formatUtc(freeze.until)}: no alert starts a rollback`,
            fix: `phased-rollback thaw ${name}`,
          },
        ]
      : []),
  ];
}

function modeFinding(name: string, { mode, override }: ServiceView): Finding {
  const by = override ? `, set by ${plain(override.by)}` : '';
  switch (mode) {
    case 'auto':
      return fine('mode', `auto${by}: an alert's rollback moves by itself`);
    case 'ask':
      return fine('mode', `ask${by}: an alert's rollback asks before it moves`);
    case 'observe':
      return {
        state: 'note',
        what: 'mode',
        seen: `observe${by}: a rollback looks and plans, and moves nothing`,
        fix: 'mode: ask in the policy file, once its plans are to be carried out',
      };
    case 'off':
      return {
        state: 'note',
        what: 'mode',
        seen: `off${by}: no alert starts anything`,
        fix: `by hand: phased-rollback start ${name}`,
      };
    case undefined:
      return {
        state: 'note',
        what: 'mode',
        seen: 'not known yet: the service has not read its policy',
        fix: 'look again in a minute; if it stays so, look into the log of the worker',
      };
  }
}

function goingBack(name: string, { lastKnownGood, releases, quarantined }: ServiceView): Finding {
  const what = 'going back';
  if (lastKnownGood)
    return fine(
      what,
      `to ${plain(lastKnownGood.revision)}, served from ${formatUtc(lastKnownGood.from)} on (${lastKnownGood.source}); ${releases.length} releases are known`,
    );
  const known = releases.map(({ revision }) => plain(revision)).join(', ') || 'none';
  const kept =
    quarantined.length > 0 ? `; quarantined: ${quarantined.map((entry) => plain(entry.revision)).join(', ')}` : '';
  return {
    state: 'bad',
    what,
    seen: `no earlier release is known good (releases: ${known}${kept}), so an alert finds nothing to go back to`,
    fix: `import one: phased-rollback release ${name} <revision> --from <time> --to <time>; by hand: phased-rollback start ${name} --to <revision>`,
  };
}

/** What readiness would say of the last known good from memory alone. */
function readiness({ pair }: Picture, { releases, quarantined, asOf }: ServiceView): readonly Finding[] {
  if (pair?.chosen !== 'lastKnownGood') return [];
  const oldestFirst = releases.toReversed();
  const declared = (revision: string): Pick<Release, 'revision' | 'schema'> =>
    oldestFirst.findLast((release) => release.revision === revision) ?? { revision };
  return [
    quarantineCheck(quarantined, pair.to),
    schemaCheck(declared(pair.from), declared(pair.to)),
    reversibilityCheck(oldestFirst, pair, asOf),
  ].map(checkFinding);
}

/** A readiness check as a finding: what blocks a rollback is bad, what is not sure is worth knowing. */
export function checkFinding({ check, target, status, evidence, fix }: CheckResult): Finding {
  const what = target === undefined ? plain(check) : `${plain(check)} ${plain(target)}`;
  const seen = plain(evidence);
  switch (status) {
    case 'pass':
      return fine(what, seen);
    case 'warn':
      return { state: 'note', what, seen, ...(fix === undefined ? {} : { fix: plain(fix) }) };
    case 'unknown':
    case 'block':
      return { state: 'bad', what, seen, ...(fix === undefined ? {} : { fix: plain(fix) }) };
  }
}
