'use strict';

// What the history of a release says; nothing here asks Helm.

const NOTE = /^phased-rollback (\d+)\/(\d+) (\S+): (.*)$/;

/** The effect, as it stands where `helm history` shows what a revision was for. */
const descriptionOf = ({ epoch, number, rollback, wish }) => `phased-rollback ${epoch}/${number} ${rollback}: ${wish}`;

function recordOf({ description }) {
  const [, epoch, number, rollback, wish] = NOTE.exec(description) ?? [];
  return epoch === undefined ? undefined : { epoch: Number(epoch), number: Number(number), rollback, wish };
}

/** Of entries with a `version` each, oldest first. What is on its way serves nothing yet; what failed was applied. */
function stateOf(history) {
  const newest = history.at(-1);
  const isPending = newest.status.startsWith('pending-');
  const applied = history.filter(({ status }) => !status.startsWith('pending-') && status !== 'uninstalled');
  const serving = applied.at(-1)?.version;
  const versions = [...new Set(applied.map(({ version }) => version))];
  const record = history.map(recordOf).findLast((found) => found !== undefined);
  const own = isPending && recordOf(newest) !== undefined;
  return {
    newest,
    serving,
    weights: Object.fromEntries(versions.map((version) => [version, version === serving ? 100 : 0])),
    capacity: Object.fromEntries(versions.map((version) => [version, 100])),
    record: own ? { ...record, begun: true } : record,
    pending: isPending ? { ...newest, own } : undefined,
    unsettled: newest.status !== 'deployed',
    /** The last one that Helm has made of a version, and rather one that did not fail. */
    revisionOf(version) {
      const all = applied.filter((entry) => entry.version === version);
      return (all.findLast(({ status }) => status !== 'failed') ?? all.at(-1)).revision;
    },
  };
}

module.exports = { descriptionOf, stateOf };
