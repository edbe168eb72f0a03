import { connect, connectWorker } from '../../src/temporal/connect';
import type { TemporalConnection } from '../../src/temporal/connect';
import { startEmbedded } from '../../src/temporal/embedded';
import type { EmbeddedTemporal } from '../../src/temporal/embedded';
import { setUp, verifySetUp } from '../../src/temporal/set-up';
import { newFolder, removeFolders, settingsOnly } from './helpers';

let server: EmbeddedTemporal;
let temporal: TemporalConnection;

beforeAll(async () => {
  server = await startEmbedded({ stateDir: newFolder(), persistent: false });
  temporal = await connect({ address: server.address, plain: true });
});

afterAll(async () => {
  await temporal.close();
  await server.stop();
  removeFolders();
});

test('creates what is missing once, and never lowers the retention', async () => {
  const target = { connection: temporal.connection, namespace: 'fresh' };
  await expect(verifySetUp(target)).rejects.toMatchObject({ code: 'NAMESPACE_MISSING' });
  await expect(setUp({ ...target, retentionDays: 5 })).resolves.toEqual({
    namespace: 'fresh',
    createdNamespace: true,
    retentionDays: 5,
    raisedRetention: false,
    addedSearchAttributes: ['RollbackService', 'RollbackStage', 'RollbackReason'],
  });
  const nothingNew = { namespace: 'fresh', createdNamespace: false, addedSearchAttributes: [] };
  await expect(setUp({ ...target, retentionDays: 2 })).resolves.toEqual({
    ...nothingNew,
    retentionDays: 5,
    raisedRetention: false,
  });
  await expect(setUp({ ...target, retentionDays: 9 })).resolves.toEqual({
    ...nothingNew,
    retentionDays: 9,
    raisedRetention: true,
  });
  await expect(verifySetUp(target)).resolves.toBeUndefined();
});

test('names the search attributes that are missing and the command that adds them', async () => {
  const target = { connection: temporal.connection, namespace: 'half' };
  await setUp(target);
  await temporal.connection.operatorService.removeSearchAttributes({
    namespace: 'half',
    searchAttributes: ['RollbackStage', 'RollbackReason'],
  });
  await expect(verifySetUp(target)).rejects.toMatchObject({
    code: 'SEARCH_ATTRIBUTES_MISSING',
    message: expect.stringMatching(/^Namespace half lacks .* RollbackStage, RollbackReason .*`phased-rollback setup`/),
  });
  await expect(setUp(target)).resolves.toMatchObject({ addedSearchAttributes: ['RollbackStage', 'RollbackReason'] });
});

test('refuses a namespace that does not exist unless told not to look', async () => {
  const options = { address: server.address, namespace: 'nowhere', plain: true };
  await expect(connect(options)).rejects.toMatchObject({
    code: 'NAMESPACE_MISSING',
    message: expect.stringContaining(`Namespace nowhere does not exist at ${server.address}`),
  });
  const unchecked = await connect({ ...options, checkNamespace: false });
  expect(unchecked.namespace).toBe('nowhere');
  await unchecked.close();
});

test('connects a worker with the settings of the environment', async () => {
  const env = settingsOnly({ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'fresh' });
  const worker = await connectWorker({ env });
  expect(worker).toMatchObject({ address: server.address, namespace: 'fresh' });
  await worker.connection.workflowService.getSystemInfo({});
  await worker.close();
});

test('tells TLS against a server without TLS from an address without a server', async () => {
  const tls = { address: server.address, env: settingsOnly({ TEMPORAL_TLS: 'true' }) };
  await expect(connectWorker(tls)).rejects.toMatchObject({ code: 'TLS_MISMATCH' });
  const closed = { address: '127.0.0.1:1', plain: true };
  await expect(connectWorker(closed)).rejects.toMatchObject({
    code: 'ADDRESS_UNREACHABLE',
    message: expect.stringContaining('127.0.0.1:1 cannot be reached (tcp connect error: connection refused)'),
  });
});

test('gives up on an address without a server after five seconds', async () => {
  const startedAt = performance.now();
  await expect(connect({ address: '127.0.0.1:1', plain: true })).rejects.toMatchObject({ code: 'ADDRESS_UNREACHABLE' });
  // The SDK's own limit is ten.
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
