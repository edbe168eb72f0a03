'use strict';

// What an alias says and what it should say; nothing here asks Lambda.

/** Of the description of an alias. */
const MOST_CHARACTERS = 256;
const NOTE = /\s*\[phased-rollback (\d+)\/(\d+) (\S+): (.*)\]$/;

function recordOf(description = '') {
  const [, epoch, number, rollback, wish] = NOTE.exec(description) ?? [];
  return epoch === undefined ? undefined : { epoch: Number(epoch), number: Number(number), rollback, wish };
}

/** What people wrote there stays. */
function describedBy(description = '', { epoch, number, rollback, wish }) {
  return `${description.replace(NOTE, '')} [phased-rollback ${epoch}/${number} ${rollback}: ${wish}]`.trim();
}

/** Of every version that there is; those that the alias does not name serve nothing, and are as ready as they get. */
function readingOf({ FunctionVersion, RoutingConfig }, names) {
  const [[additional, part] = [undefined, 0]] = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
  const weights = Object.fromEntries([...names.values()].map((name) => [name, 0]));
  const add = (number, share) => {
    const name = names.get(number) ?? number;
    weights[name] = rounded((weights[name] ?? 0) + share * 100);
  };
  add(FunctionVersion, 1 - part);
  if (additional !== undefined) add(additional, part);
  return { weights, capacity: Object.fromEntries(Object.keys(weights).map((name) => [name, 100])) };
}

/** The one that goes stays the first as long as it serves anything, so that nothing is swapped on the way. */
function routingFor(from, to, percent) {
  const FunctionVersion = percent === 100 ? to : from;
  const part = percent === 0 || percent === 100 ? {} : { [to]: percent / 100 };
  return { FunctionVersion, RoutingConfig: { AdditionalVersionWeights: part } };
}

const rounded = (percent) => Math.round(percent * 10_000) / 10_000;

module.exports = { describedBy, MOST_CHARACTERS, readingOf, recordOf, routingFor };
