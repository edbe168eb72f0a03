'use strict';

// What a flag says and what it should say; nothing here asks LaunchDarkly.

/** Of what LaunchDarkly counts shares in. */
const WHOLE = 100_000;
const PERCENT = 1_000;

const namesOf = ({ variations }) => variations.map(({ name, value }) => name || JSON.stringify(value));

/** A property of the flag's own keeps the newest effect of an environment. */
const propertyOf = (environment) => `phased-rollback.${environment}`;

function noteOf({ customProperties = {} }, environment) {
  const text = customProperties[propertyOf(environment)]?.value?.[0];
  return text === undefined ? undefined : JSON.parse(text);
}

/** Every variation by name; a flag that is off serves one of them to everybody. */
function readingOf(flag, { on, fallthrough, offVariation }) {
  const names = namesOf(flag);
  const weights = Object.fromEntries(names.map((name) => [name, 0]));
  const serve = (index, percent) => index !== undefined && (weights[names[index]] += percent);
  if (!on) serve(offVariation, 100);
  else if (fallthrough.rollout === undefined) serve(fallthrough.variation, 100);
  else for (const { variation, weight } of fallthrough.rollout.variations) serve(variation, weight / PERCENT);
  return { weights, capacity: Object.fromEntries(names.map((name) => [name, 100])) };
}

/** What would make the default rule's shares other than those of all users. */
function whyNot({ on, fallthrough, rules = [], targets = [], contextTargets = [], prerequisites = [] }) {
  if (!on) return 'the flag is off: turn it on, then retry';
  const isOf = ({ values = [] }) => values.length > 0;
  if (rules.length > 0 || targets.some(isOf) || contextTargets.some(isOf) || prerequisites.length > 0)
    return 'rules, targets or prerequisites of the flag serve users past its default rule: end them, then retry';
  if (fallthrough.rollout?.experimentAllocation !== undefined)
    return 'an experiment runs on the flag: end it, then retry';
  return undefined;
}

/** Share and note in one patch that holds only where both are as they were read. */
function patchFor({ flag, config, environment, revision, percent, record }) {
  const key = propertyOf(environment);
  const [place, note] = [`/environments/${environment}`, `/customProperties/${key}`];
  const before = flag.customProperties?.[key];
  const value = { name: key, value: [JSON.stringify(record)] };
  return [
    { op: 'test', path: `${place}/version`, value: config.version },
    ...(before === undefined ? [] : [{ op: 'test', path: note, value: before }]),
    { op: 'replace', path: `${place}/fallthrough`, value: { rollout: rolloutFor(flag, config, revision, percent) } },
    { op: 'add', path: note, value },
  ];
}

/** In the order that is there, so that users who were moved stay moved. */
function rolloutFor(flag, { fallthrough }, { from, to }, percent) {
  const names = namesOf(flag);
  const share = Math.round(percent * PERCENT);
  const weights = { [names.indexOf(from)]: WHOLE - share, [names.indexOf(to)]: share };
  const there = fallthrough.rollout?.variations.map(({ variation }) => String(variation)) ?? [];
  const order = [
    ...there,
    ...[from, to].map((name) => String(names.indexOf(name))).filter((own) => !there.includes(own)),
  ];
  const variations = order.map((index) => ({ variation: Number(index), weight: weights[index] ?? 0 }));
  return { ...fallthrough.rollout, variations };
}

module.exports = { namesOf, noteOf, patchFor, readingOf, whyNot };
