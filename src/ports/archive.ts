/** The documents kept of a closed rollback, by file name. */
export type ArchivedDocuments = Readonly<Record<string, string>>;

/** Where reports outlive Temporal's retention. `store` is idempotent: the same id and documents twice is once. */
export interface Archive {
  /** Stores everything or nothing; returns where it is, for people. */
  store(id: string, documents: ArchivedDocuments, signal: AbortSignal): Promise<string>;
  /** Undefined when nothing is stored under the id. */
  load(id: string, signal: AbortSignal): Promise<ArchivedDocuments | undefined>;
}
