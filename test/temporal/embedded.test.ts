import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect } from '../../src/temporal/connect';
import { startEmbedded } from '../../src/temporal/embedded';
import { identify, isRunning } from '../../src/temporal/processes';
import { verifySetUp } from '../../src/temporal/set-up';
import { until } from '../workflows/support/until';
import { newFolder, removeFolders, writeFakeBinary } from './helpers';

afterAll(removeFolders);

async function startRun(address: string, workflowId: string): Promise<void> {
  const temporal = await connect({ address, plain: true });
  await temporal.client.workflow.start('nobodyRunsThis', { workflowId, taskQueue: 'none' });
  await temporal.close();
}

async function statusOf(address: string, workflowId: string): Promise<string> {
  const temporal = await connect({ address, plain: true });
  try {
    const { status } = await temporal.client.workflow.getHandle(workflowId).describe();
    return status.name;
  } finally {
    await temporal.close();
  }
}

test('serves with search attributes when start resolves, and is gone when stop resolves', async () => {
  const stateDir = newFolder();
  const server = await startEmbedded({ stateDir, persistent: false, namespace: 'here', retentionDays: 3 });
  const child = identify(server.pid);
  const temporal = await connect({ address: server.address, namespace: 'here', plain: true });
  await expect(verifySetUp(temporal)).resolves.toBeUndefined();
  const { config } = await temporal.connection.workflowService.describeNamespace({ namespace: 'here' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(3 * 86_400);
  // Its page has a listener of its own, which is no part of what start waits for.
  const page = () => fetch(server.uiUrl).catch(() => undefined);
  expect(await until('the page answers', page)).toMatchObject({ status: 200 });
  expect(server.version).toBe(temporal.serverVersion);
  await temporal.close();
  await server.stop();
  await server.stop();
  expect(isRunning(child)).toBe(false);
  expect(readdirSync(stateDir)).toEqual(['temporal.log']);
});

test('keeps runs on its file over a kill and over a new start', async () => {
  const stateDir = newFolder();
  const first = await startEmbedded({ stateDir, persistent: true });
  await startRun(first.address, 'survivor');
  first.kill();
  await first.restart();
  expect(await statusOf(first.address, 'survivor')).toBe('RUNNING');
  await first.stop();
  const second = await startEmbedded({ stateDir, persistent: true });
  expect(await statusOf(second.address, 'survivor')).toBe('RUNNING');
  expect(existsSync(`${stateDir}/temporal-${second.version}.db`)).toBe(true);
  await second.stop();
});

test('comes back also when it is killed while it starts, and when two ask for it', async () => {
  const server = await startEmbedded({ stateDir: newFolder(), persistent: true });
  await startRun(server.address, 'survivor');
  const before = server.pid;
  const again = server.restart();
  while (server.pid === before) await new Promise(setImmediate);
  server.kill();
  await expect(again).rejects.toMatchObject({ code: 'START_FAILED' });
  await Promise.all([server.restart(), server.restart()]);
  expect(await statusOf(server.address, 'survivor')).toBe('RUNNING');
  await server.stop();
});

test('refuses a state folder whose server is in use, and leaves that server alone', async () => {
  const stateDir = newFolder();
  const server = await startEmbedded({ stateDir, persistent: false });
  const second = startEmbedded({ stateDir, persistent: false });
  await expect(second).rejects.toMatchObject({
    code: 'STATE_DIR_IN_USE',
    message: expect.stringContaining(`TEMPORAL_ADDRESS=${server.address}`),
  });
  expect(isRunning(identify(server.pid))).toBe(true);
  await server.stop();
});

test.each(['port', 'uiPort'] as const)('names the %s that is taken', async (which) => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as AddressInfo;
  const start = startEmbedded({ stateDir: newFolder(), persistent: false, [which]: port });
  await expect(start).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringMatching(new RegExp(`^Port ${port} for .* is taken by another program`)),
  });
  await new Promise((resolve) => blocker.close(resolve));
});

test('says what the server said when it ends at once', async () => {
  const stateDir = newFolder();
  const path = writeFakeBinary(`${stateDir}/temporal`, '1.29.1');
  const binary = { path, version: '0', serverVersion: '1.29.1', source: 'path' as const };
  await expect(startEmbedded({ stateDir, persistent: false, binary })).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringContaining('it ended with 0. temporal version 0.0.0-DEV'),
  });
});

test('reports a binary that cannot be run as a failed start', async () => {
  const binary = { path: '/nowhere/temporal', version: '0', serverVersion: '1.29.1', source: 'path' as const };
  await expect(startEmbedded({ stateDir: newFolder(), persistent: false, binary })).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringContaining('ENOENT'),
  });
});

test('names a state folder that cannot be made', async () => {
  const binary = { path: '/nowhere/temporal', version: '0', serverVersion: '1.29.1', source: 'path' as const };
  await expect(startEmbedded({ stateDir: '/dev/null/here', persistent: false, binary })).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringContaining('/dev/null/here'),
  });
});
