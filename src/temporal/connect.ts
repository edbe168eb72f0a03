import type { TemporalSettings, ConnectOptions } from './settings';
import type { DataConverter } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import type * as workerSdk from '@temporalio/worker';
import { dataConverterOf } from './data-converter';
import { TemporalSetupError } from './errors';
import { explainAfterProbe } from './explain-connection-error';
import { temporalSettings } from './settings';
import { TESTED_SERVERS, placeOf } from './versions';

const CONNECT_TIMEOUT_MS = 5_000;

/** What a client process holds, one per process; `close` is called once, at the end. */
export interface TemporalConnection {
  readonly connection: Connection;
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  readonly serverVersion: string;
  close(): Promise<void>;
}

/** What a worker process holds: hand `connection`, `namespace` and `dataConverter` to `Worker.create`. */
export interface TemporalWorkerConnection {
  readonly connection: workerSdk.NativeConnection;
  readonly address: string;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
  close(): Promise<void>;
}

/**
 * Connects a client within 5 s and checks the server's version. The namespace is checked too unless
 * `checkNamespace` is false (as set-up does, which creates it). Throws only `TemporalSetupError`.
 */
export async function connect(
  options: ConnectOptions & { checkNamespace?: boolean } = {},
): Promise<TemporalConnection> {
  const settings = temporalSettings(options);
  const dataConverter = dataConverterOf(options.env);
  const { address, namespace } = settings;
  const connection = await explained(settings, () =>
    Connection.connect({ ...settings.connectionOptions, connectTimeout: CONNECT_TIMEOUT_MS }),
  );
  try {
    const serverVersion = await explained(settings, () => readServerVersion(connection));
    demandNewEnough(serverVersion, address);
    if (options.checkNamespace !== false) await explained(settings, () => readNamespace(connection, namespace));
    const client = new Client({ connection, namespace, dataConverter });
    return { connection, client, address, namespace, serverVersion, close: () => connection.close() };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Connects a worker within 5 s; install the runtime first. Throws only `TemporalSetupError`. */
export async function connectWorker(options: ConnectOptions = {}): Promise<TemporalWorkerConnection> {
  const settings = temporalSettings(options);
  const dataConverter = dataConverterOf(options.env);
  const { address, namespace } = settings;
  const connection = await explained(settings, () => nativeConnection(settings));
  return { connection, address, namespace, dataConverter, close: () => connection.close() };
}

async function nativeConnection(settings: TemporalSettings): Promise<workerSdk.NativeConnection> {
  // A quarter of a second to load, for workers alone.
  const { NativeConnection } = require('@temporalio/worker') as typeof workerSdk;
  const pending = NativeConnection.connect(settings.connectionOptions);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out after 5 s')), CONNECT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([pending, timeout]);
  } catch (error) {
    // A connection that still arrives after the time-out has no owner any more.
    pending.then(
      (late) => late.close(),
      () => undefined,
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function readServerVersion(connection: Connection): Promise<string> {
  const info = await withinDeadline(connection, () => connection.workflowService.getSystemInfo({}));
  return info.serverVersion ?? '';
}

async function readNamespace(connection: Connection, namespace: string): Promise<void> {
  await withinDeadline(connection, () => connection.workflowService.describeNamespace({ namespace }));
}

function withinDeadline<T>(connection: Connection, call: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + CONNECT_TIMEOUT_MS, call);
}

/** Throws `SERVER_TOO_OLD`; newer servers than tested and unknown version texts are let through. */
export function demandNewEnough(serverVersion: string, address: string): void {
  if (placeOf(serverVersion) !== 'older') return;
  throw new TemporalSetupError(
    'SERVER_TOO_OLD',
    `Temporal at ${address} is server ${serverVersion}; at least ${TESTED_SERVERS.oldest} is needed. Upgrade the server, or unset TEMPORAL_ADDRESS to use the embedded one.`,
  );
}

async function explained<T>(settings: TemporalSettings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await explainAfterProbe(error, settings);
  }
}
