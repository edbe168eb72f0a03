import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const DIST = join(__dirname, '..', '..', 'dist');

/** The packages of SDKs that a process has loaded after it has loaded these parts of the product. */
function sdkLoadedBy(...parts: readonly string[]): readonly string[] {
  const script = `
    for (const part of ${JSON.stringify(parts)}) require(part);
    const names = Object.keys(require.cache).map((file) => /node_modules\\/(@(?:temporalio|aws-sdk)\\/[a-z-]+)/.exec(file)?.[1]);
    console.log(JSON.stringify([...new Set(names.filter(Boolean))]));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd: DIST, encoding: 'utf8' })) as string[];
}

test('a command line and a gateway start without the part of the SDK that only a worker needs', () => {
  const loaded = sdkLoadedBy('./client', './temporal', './gateway', './cli/program', './cli/temporal-door');
  expect(loaded).toContain('@temporalio/client');
  expect(loaded).not.toContain('@temporalio/worker');
  expect(loaded).not.toContain('@temporalio/core-bridge');
});

test('a worker loads it, and the SDK of AWS not before something asks CloudWatch', () => {
  const loaded = sdkLoadedBy('./worker', './adapters');
  expect(loaded).toContain('@temporalio/worker');
  expect(loaded.filter((name) => name.startsWith('@aws-sdk/'))).toEqual([]);
  const asks = sdkLoadedBy('./worker', '@aws-sdk/client-cloudwatch');
  expect(asks).toContain('@aws-sdk/client-cloudwatch');
});
