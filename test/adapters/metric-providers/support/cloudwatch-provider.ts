import type { MetricProvider, Sliced } from '../../../../src/ports';
import { testDependencies } from '../../support/dependencies';
import { slicedProvider } from './sliced-provider';

/** What the SDK looks for, with nothing of the machine that the tests run on. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'AKIA-hidden',
  AWS_SECRET_ACCESS_KEY: 'key-hidden',
  AWS_SESSION_TOKEN: 'session-hidden',
  AWS_CONFIG_FILE: '/nowhere/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Has credentials in the environment of every test of a file. */
export function withCredentials(): void {
  const before = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    Object.assign(process.env, ENVIRONMENT);
  });
  afterAll(() => {
    for (const name of Object.keys(ENVIRONMENT)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

/** A provider of the counts of a shop, in one region where nothing else is said. */
export function provider(
  endpoint: string,
  settings: object = {},
  now: () => number = Date.now,
): MetricProvider & Sliced {
  const config = {
    type: 'cloudwatch',
    region: 'eu-west-1',
    endpoint,
    namespace: 'Shop',
    requests: { name: 'Requests', dimensions: { Service: 'checkout' } },
    bad: { name: 'Errors', dimensions: { Service: 'checkout' } },
    ...settings,
  };
  const deps = { ...testDependencies(), now };
  return slicedProvider(config, deps);
}
