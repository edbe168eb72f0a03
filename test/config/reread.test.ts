import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configReader } from '../../src/config';

const folder = mkdtempSync(join(tmpdir(), 'phased-rollback-reread-'));
afterAll(() => rmSync(folder, { recursive: true }));

function policyFile(name: string, service: string): string {
  const path = join(folder, name);
  const target = `{ name: eu, type: http, url: 'http://127.0.0.1:1/' }`;
  writeFileSync(path, `apiVersion: phased-rollback/v1\nservices:\n  - name: ${service}\n    targets: [${target}]\n`);
  return path;
}

/** The change time cannot be set back, so a file settles by waiting for the clock, not for a pause of ours. */
async function settle(path: string, read: ReturnType<typeof configReader>): Promise<void> {
  utimesSync(path, 1, 1);
  while ((await read()) !== (await read())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a policy file that is read again and again', () => {
  it('is parsed once while it stays as it is, and again when it changes', async () => {
    const path = policyFile('changing.yaml', 'one');
    const read = configReader(path);
    await settle(path, read);
    expect((await read()).services.map(({ service }) => service)).toEqual(['one']);
    policyFile('changing.yaml', 'two');
    expect((await read()).services.map(({ service }) => service)).toEqual(['two']);
  });

  it('is never taken from memory just after it was written: the next write may look the same', async () => {
    const path = policyFile('fresh.yaml', 'one');
    const read = configReader(path);
    const seen = await read();
    policyFile('fresh.yaml', 'two');
    expect((await read()).services).not.toEqual(seen.services);
  });

  it('is an error while it is not there, and works when it is back', async () => {
    const path = join(folder, 'late.yaml');
    const read = configReader(path);
    await expect(read()).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    policyFile('late.yaml', 'one');
    expect((await read()).services).toHaveLength(1);
  });
});
