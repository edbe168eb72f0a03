import type { PodTemplate } from './objects';
import type { RevisionSource } from './settings';

/** The name of the revision that such pods run; undefined where it does not stand there. */
export function revisionOf({ metadata, spec }: PodTemplate, source: RevisionSource): string | undefined {
  if ('label' in source) return metadata.labels[source.label];
  const image = spec.containers.find(({ name }) => name === source.image)?.image ?? '';
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  // A colon before the last slash is that of the registry's port.
  return digest ?? /:([\w][\w.-]*)$/.exec(image.slice(image.lastIndexOf('/') + 1))?.[1];
}

/** What to do where the name of a revision is not to be found. */
export function missingRevision(what: string, source: RevisionSource): string {
  return 'label' in source
    ? `the pods of ${what} have no label "${source.label}", which holds the name of their revision: set it, or name another place with "revision"`
    : `${what} has no container "${source.image}" with a tag or a digest: name another place of the revision with "revision"`;
}
