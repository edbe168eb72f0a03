// Every place for reports, one a line: what stands here, the policy file can name.
export { directoryArchive } from './directory';
export { inMemoryArchive } from './in-memory';
