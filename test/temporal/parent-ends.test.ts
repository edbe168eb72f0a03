import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startEmbedded } from '../../src/temporal/embedded';
import { reapOrphan } from '../../src/temporal/orphan';
import { identify, isRunning } from '../../src/temporal/processes';
import type { ProcessId } from '../../src/temporal/processes';
import { newFolder, removeFolders, until } from './helpers';

afterAll(removeFolders);

const LIBRARY = resolve(__dirname, '../../dist/temporal');

/** A process of its own that starts a server in `stateDir` and then runs `then`. */
async function parentOf(stateDir: string, then: string): Promise<{ parent: ChildProcess; server: ProcessId }> {
  const script = `
    require(${JSON.stringify(LIBRARY)}).startEmbedded({ stateDir: ${JSON.stringify(stateDir)}, persistent: true })
      .then((server) => { ${then}; console.log(server.pid); });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = (await Promise.race([once(parent.stdout, 'data'), once(parent, 'exit')])) as unknown[];
  return { parent, server: identify(Number(String(said[0]))) };
}

test('ends the server of a killed process at the next start in the same folder', async () => {
  const stateDir = newFolder();
  const { parent, server } = await parentOf(stateDir, '');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  expect(isRunning(server)).toBe(true);
  const next = await startEmbedded({ stateDir, persistent: true });
  expect(isRunning(server)).toBe(false);
  expect(next.pid).not.toBe(server.pid);
  await next.stop();
});

test('leaves a process alone that only inherited the pid or belongs to another folder', async () => {
  const bystander = spawn('sleep', ['60']);
  const { pid, startTime } = identify(bystander.pid ?? 0);
  const parent = { pid: 2 ** 22 - 1, startTime: '1' };
  const stateDir = newFolder();
  const file = join(stateDir, 'temporal.pid.json');
  for (const about of [
    { pid, startTime: `${startTime}0`, stateDir },
    { pid, startTime, stateDir: '/elsewhere' },
  ]) {
    writeFileSync(file, JSON.stringify({ ...about, address: '127.0.0.1:1', parent }));
    await reapOrphan(stateDir);
    expect(isRunning({ pid, startTime })).toBe(true);
    expect(existsSync(file)).toBe(false);
  }
  bystander.kill();
  await once(bystander, 'exit');
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends server and parent when nobody handles it', async (signal) => {
  const { parent, server } = await parentOf(newFolder(), '');
  parent.kill(signal);
  const [code, by] = (await once(parent, 'exit')) as unknown[];
  expect({ code, by }).toEqual({ code: null, by: signal });
  await until(() => !isRunning(server), 'the server ends');
});

test('leaves a signal to the application that handles it, and ends the server with it', async () => {
  const stateDir = newFolder();
  const handler = `process.once('SIGTERM', () => {
    require('node:fs').writeFileSync(${JSON.stringify(join(stateDir, 'seen'))}, String(server.pid));
    setImmediate(() => process.exit(7));
  })`;
  const { parent, server } = await parentOf(stateDir, handler);
  parent.kill('SIGTERM');
  const [code] = (await once(parent, 'exit')) as unknown[];
  expect(code).toBe(7);
  expect(readFileSync(join(stateDir, 'seen'), 'utf8')).toBe(String(server.pid));
  await until(() => !isRunning(server), 'the server ends');
});
