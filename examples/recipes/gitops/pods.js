'use strict';

// What the cluster serves: the pods that it means to keep, each with its revision and whether it is ready.
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const { refused } = require('../exec-target');
const { tagOf } = require('../image');

const MOST_BYTES = 67_108_864;

/** `revision` is `label:` and a label of the pods, or `image:` and the name of a container. */
async function podsOf({ namespace, selector, revision }) {
  const place = ['--namespace', namespace, '--selector', selector, '--output', 'json'];
  const { items } = JSON.parse(await kubectl(['get', 'pods', ...place]));
  const [, kind, name] = /^(label|image):(.+)$/.exec(revision) ?? [];
  return items.filter(lives).map((pod) => {
    const named = kind === 'image' ? tagOf(imageOf(pod, name)) : pod.metadata.labels?.[name];
    if (named === undefined)
      throw refused(
        'OTHER',
        `the pod ${pod.metadata.name} has no ${revision}: let --revision name what says its revision`,
      );
    const ready = (pod.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
    return { revision: named, ready };
  });
}

const lives = ({ metadata, status }) => !metadata.deletionTimestamp && !['Succeeded', 'Failed'].includes(status.phase);

const imageOf = ({ spec }, name) => spec.containers.find((container) => container.name === name)?.image ?? '';

async function kubectl(args) {
  try {
    return (await promisify(execFile)('kubectl', args, { maxBuffer: MOST_BYTES })).stdout;
  } catch (error) {
    const words = (error.stderr ?? '').trim() || error.message;
    if (/[Ff]orbidden|[Uu]nauthorized/.test(words)) throw refused('NOT_ALLOWED', words);
    throw new Error(`kubectl: ${words}`);
  }
}

module.exports = { podsOf };
