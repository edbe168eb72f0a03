import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { rollbackReasonKey, rollbackServiceKey, rollbackStageKey } from '../contracts/search-attributes';
import { TemporalSetupError, codeOf } from './errors';
import { explainConnectionError } from './explain-connection-error';

/** The search attributes that every namespace needs; all are keywords. */
export const SEARCH_ATTRIBUTES = [rollbackServiceKey.name, rollbackStageKey.name, rollbackReasonKey.name] as const;

const KEYWORD = 2;
const GRPC = { invalidArgument: 3, notFound: 5, permissionDenied: 7, unimplemented: 12 } as const;
const CALL_TIMEOUT_MS = 5_000;
const USABLE_WITHIN_MS = 30_000;
const SECONDS_A_DAY = 86_400;

/** A namespace on a connection that need not have been checked yet. */
export interface SetUpTarget {
  readonly connection: Connection;
  readonly namespace: string;
}

/** What set-up found and did; a second run reports nothing done. */
export interface SetupReport {
  readonly namespace: string;
  readonly createdNamespace: boolean;
  readonly addedSearchAttributes: readonly string[];
  /** Days for which closed runs are kept, after set-up. */
  readonly retentionDays: number;
  readonly raisedRetention: boolean;
}

/**
 * Makes a namespace ready: creates it if missing, raises its retention to `retentionDays` (never lowers it, which
 * would delete history), adds missing search attributes, and waits until they can be queried. May be repeated.
 * Throws only `TemporalSetupError`.
 */
export async function setUp(target: SetUpTarget & { readonly retentionDays?: number }): Promise<SetupReport> {
  return explained(target, async () => {
    const namespaceReport = await ensureNamespace(target);
    const missing = await missingSearchAttributes(target);
    if (missing.length > 0) await addSearchAttributes(target, missing);
    await untilUsable(target);
    return { ...namespaceReport, addedSearchAttributes: missing };
  });
}

/** Throws `SEARCH_ATTRIBUTES_MISSING` or `NAMESPACE_MISSING` unless set-up has been done; changes nothing. */
export async function verifySetUp(target: SetUpTarget): Promise<void> {
  await explained(target, async () => {
    await call(target, (service) => service.describeNamespace({ namespace: target.namespace }));
    const missing = await missingSearchAttributes(target);
    if (missing.length > 0) throw attributesMissing(target, missing, 'Run `phased-rollback setup` to add them.');
  });
}

/** The namespace half of `setUp`. Throws only `TemporalSetupError`. */
export async function ensureNamespace(
  target: SetUpTarget & { readonly retentionDays?: number },
): Promise<Omit<SetupReport, 'addedSearchAttributes'>> {
  const { namespace, retentionDays } = target;
  return explained(target, async () => {
    const foundDays = await retentionOf(target);
    if (foundDays === undefined) {
      const workflowExecutionRetentionPeriod = ttl(retentionDays ?? 7);
      await call(target, (service) => service.registerNamespace({ namespace, workflowExecutionRetentionPeriod }));
      return { namespace, createdNamespace: true, retentionDays: retentionDays ?? 7, raisedRetention: false };
    }
    const raise = retentionDays !== undefined && retentionDays > foundDays;
    if (raise) {
      const config = { workflowExecutionRetentionTtl: ttl(retentionDays) };
      await call(target, (service) => service.updateNamespace({ namespace, config }));
    }
    return {
      namespace,
      createdNamespace: false,
      retentionDays: raise ? retentionDays : foundDays,
      raisedRetention: raise,
    };
  });
}

async function retentionOf(target: SetUpTarget): Promise<number | undefined> {
  try {
    const found = await call(target, (service) => service.describeNamespace({ namespace: target.namespace }));
    return Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / SECONDS_A_DAY;
  } catch (error) {
    if (codeOf(error) === GRPC.notFound) return undefined;
    throw error;
  }
}

async function missingSearchAttributes(target: SetUpTarget): Promise<string[]> {
  const { connection, namespace } = target;
  const listed = await withDeadline(target, () => connection.operatorService.listSearchAttributes({ namespace })).catch(
    (error: unknown) => {
      // Temporal Cloud has no operator service, and a fresh namespace takes seconds to be known to every host.
      if (isOneOf(error, [GRPC.permissionDenied, GRPC.unimplemented, GRPC.notFound])) return undefined;
      throw error;
    },
  );
  if (!listed) return missingByQuery(target);
  const present = listed.customAttributes ?? {};
  const wrong = SEARCH_ATTRIBUTES.filter((name) => present[name] !== undefined && present[name] !== KEYWORD);
  if (wrong.length > 0) throw attributesMissing(target, wrong, 'They exist with another type: remove them first.');
  return SEARCH_ATTRIBUTES.filter((name) => present[name] === undefined);
}

async function missingByQuery(target: SetUpTarget): Promise<string[]> {
  const missing: string[] = [];
  for (const name of SEARCH_ATTRIBUTES) if (!(await canQuery(target, [name]))) missing.push(name);
  return missing;
}

async function canQuery(target: SetUpTarget, names: readonly string[]): Promise<boolean> {
  const query = names.map((name) => `${name} = 'x'`).join(' AND ');
  try {
    await call(target, (service) => service.countWorkflowExecutions({ namespace: target.namespace, query }));
    return true;
  } catch (error) {
    if (isOneOf(error, [GRPC.invalidArgument, GRPC.notFound])) return false;
    throw error;
  }
}

async function addSearchAttributes(target: SetUpTarget, names: readonly string[]): Promise<void> {
  const searchAttributes = Object.fromEntries(names.map((name) => [name, KEYWORD]));
  const request = { namespace: target.namespace, searchAttributes };
  const deadline = Date.now() + USABLE_WITHIN_MS;
  for (;;) {
    try {
      await withDeadline(target, () => target.connection.operatorService.addSearchAttributes(request));
      return;
    } catch (error) {
      if (isOneOf(error, [GRPC.permissionDenied, GRPC.unimplemented])) {
        const how = 'This server does not let us add them: add them as keywords in its console (or with `tcld`).';
        throw attributesMissing(target, names, how, error);
      }
      // A namespace that was created a moment ago is not yet known everywhere.
      if (codeOf(error) !== GRPC.notFound || Date.now() > deadline) throw error;
      await delay(250);
    }
  }
}

async function untilUsable(target: SetUpTarget): Promise<void> {
  const deadline = Date.now() + USABLE_WITHIN_MS;
  while (!(await canQuery(target, SEARCH_ATTRIBUTES))) {
    if (Date.now() > deadline) {
      throw attributesMissing(target, SEARCH_ATTRIBUTES, 'They were added but cannot be used yet: try again soon.');
    }
    await delay(100);
  }
}

function attributesMissing(target: SetUpTarget, names: readonly string[], wayOut: string, cause?: unknown): Error {
  const text = `Namespace ${target.namespace} lacks the search attributes ${names.join(', ')} (type Keyword). ${wayOut}`;
  return new TemporalSetupError('SEARCH_ATTRIBUTES_MISSING', text, cause);
}

function ttl(days: number): ReturnType<typeof msToTs> {
  return msToTs(days * SECONDS_A_DAY * 1000);
}

function isOneOf(error: unknown, codes: readonly number[]): boolean {
  return codes.some((code) => code === codeOf(error));
}

function call<T>(target: SetUpTarget, use: (service: Connection['workflowService']) => Promise<T>): Promise<T> {
  return withDeadline(target, () => use(target.connection.workflowService));
}

function withDeadline<T>({ connection }: SetUpTarget, work: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, work);
}

async function explained<T>({ connection, namespace }: SetUpTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainConnectionError(error, { namespace, address: connection.options.address });
  }
}
