import type { PodTemplate } from './objects';
import type { RevisionSource } from './settings';

/** The name of the revision that such pods run; undefined where it does not stand there. */
export function revisionOf({ metadata, spec }: PodTemplate, source: RevisionSource): string | undefined {
  if ('label' in source) return metadata.labels[source.label];
  const image = spec.containers.find(({ name }) => name === source.image)?.image ?? '';
  return namedBy(image);
}

/** What follows the name in a reference to an image, each as long as the grammar lets it be. */
const TAG = /:([\w][\w.-]{0,127})$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

/**
 * The digest of an image, else its tag, by the grammar of references (https://pkg.go.dev/github.com/distribution/reference).
 * What follows an `@` and is no digest makes it no reference at all: nothing of it names a revision, for nothing can run it.
 */
function namedBy(image: string): string | undefined {
  const [name = '', digest, ...more] = image.split('@');
  if (digest !== undefined) return more.length === 0 && DIGEST.test(digest) ? digest : undefined;
  // A colon before the last slash is that of the registry's port.
  return TAG.exec(name.slice(name.lastIndexOf('/') + 1))?.[1];
}

/** What to do where the name of a revision is not to be found. */
export function missingRevision(what: string, source: RevisionSource): string {
  return 'label' in source
    ? `the pods of ${what} have no label "${source.label}", which holds the name of their revision: set it, or name another place with "revision"`
    : `${what} has no container "${source.image}" with a tag or a digest: name another place of the revision with "revision"`;
}
