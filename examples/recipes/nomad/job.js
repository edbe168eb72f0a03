'use strict';

// What Nomad says of a job and what that means; nothing here asks Nomad.
const { tagOf } = require('../image');

const UNDER_WAY = ['initializing', 'pending', 'running', 'paused', 'blocked', 'unblocking'];

/** What a version of the job is called: the tag or digest of its first task's image, or a key of its meta; else its number. */
function revisionOf(version, by) {
  const { Meta, TaskGroups } = version;
  const named = by === 'image' ? tagOf(TaskGroups[0].Tasks[0].Config?.image ?? '') : Meta?.[by.slice('meta.'.length)];
  return named || `version ${version.Version}`;
}

/** The newest effect, as a variable keeps it: in strings. */
function recordOf(items) {
  if (items === undefined) return undefined;
  const { rollback, wish, to, begun } = items;
  const [epoch, number, created, made] = ['epoch', 'number', 'created', 'made'].map((key) => Number(items[key]));
  return { epoch, number, rollback, wish, to, created, made, begun: begun === 'true' };
}

/** An effect goes on where its version is not there yet, or is the newest; and not where somebody made another. */
const goesOn = ({ begun, created, made, to }, job, current) =>
  begun && created === job.CreateIndex && (job.Version < made || (job.Version === made && current === to));

function stateOf({ job, versions, allocations, deployments }, items, by) {
  const names = new Map(versions.map((version) => [version.Version, revisionOf(version, by)]));
  const current = names.get(job.Version);
  const runs = allocations.filter(
    ({ DesiredStatus, ClientStatus }) => DesiredStatus === 'run' && ClientStatus === 'running',
  );
  const instances = {};
  for (const { JobVersion } of runs) {
    const name = names.get(JobVersion) ?? `version ${JobVersion}`;
    instances[name] = (instances[name] ?? 0) + 1;
  }
  const known = [...new Set([...names.values(), ...Object.keys(instances)])];
  const kept = recordOf(items);
  const record = kept && { ...kept, begun: goesOn(kept, job, current) };
  const wanted = job.TaskGroups.reduce((sum, { Count }) => sum + Count, 0);
  const underWay = deployments.find(({ Status }) => UNDER_WAY.includes(Status));
  const isMixed = Object.keys(instances).some((name) => name !== current);
  const isComing = record?.begun === true && (job.Version < record.made || (instances[current] ?? 0) < wanted);
  const ready = wanted === 0 ? 100 : Math.min(100, ((instances[current] ?? 0) / wanted) * 100);
  return {
    job,
    current,
    underWay,
    record,
    deployments,
    instances,
    weights: Object.fromEntries(known.map((name) => [name, shareOf(name, instances, current, runs.length)])),
    // Going back makes the instances of another revision itself, as many as there are to be.
    capacity: Object.fromEntries(known.map((name) => [name, name === current ? ready : 100])),
    unsettled: underWay !== undefined || isMixed || isComing,
    coming: underWay !== undefined && record?.begun !== true,
    /** The newest version of that name, and rather one that Nomad has seen healthy; undefined where none is kept. */
    versionOf(name) {
      const all = versions.filter(({ Version, Stop }) => names.get(Version) === name && !Stop);
      return all.find(({ Stable }) => Stable) ?? all[0];
    },
  };
}

/** Where nothing runs at all, the newest version is the one that would. */
function shareOf(name, instances, current, total) {
  if (total === 0) return name === current ? 100 : 0;
  return ((instances[name] ?? 0) / total) * 100;
}

/** The last deployment of a version; undefined where none is kept. */
const newestOf = (deployments, version) =>
  deployments
    .filter(({ JobVersion }) => JobVersion === version)
    .toSorted((a, b) => b.CreateIndex - a.CreateIndex)
    .at(0);

/** Canaries that are all healthy wait for somebody to say so. */
const isToPromote = ({ TaskGroups }) => {
  const groups = Object.values(TaskGroups).filter(({ DesiredCanaries, Promoted }) => DesiredCanaries > 0 && !Promoted);
  return groups.length > 0 && groups.every(({ HealthyAllocs, DesiredCanaries }) => HealthyAllocs >= DesiredCanaries);
};

module.exports = { isToPromote, newestOf, stateOf };
