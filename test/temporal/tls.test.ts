import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, connectWorker } from '../../src/temporal';
import { phasedRollback } from '../e2e/support';
import { makeCertificates, TlsFront } from './tls-front';
import type { Certificates, Demands } from './tls-front';

const LONGEST_MS = 180_000;
const KEY = 'a-key-of-temporal';

describe('a Temporal server behind TLS', () => {
  let dir: string;
  let certificates: Certificates;
  const fronts: TlsFront[] = [];

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'phased-rollback-tls-'));
    certificates = makeCertificates(dir);
  }, LONGEST_MS);

  afterAll(() => {
    for (const front of fronts) front.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function front(demands: Demands): Promise<string> {
    const opened = new TlsFront(process.env.TEST_TEMPORAL_ADDRESS ?? '', certificates, demands);
    await opened.open();
    fronts.push(opened);
    return opened.address;
  }

  const trusted = (): Record<string, string> => ({
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.ca,
    TEMPORAL_TLS_SERVER_NAME: 'localhost',
  });
  const named = (): Record<string, string> => ({
    ...trusted(),
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.client.cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.client.key,
  });

  it.each([
    ['an authority that is trusted', {}, () => trusted()],
    ['an API key', { apiKey: KEY }, () => ({ ...trusted(), TEMPORAL_API_KEY: KEY })],
    ['a certificate of its own', { clientCertificate: true }, () => named()],
  ])('takes clients and workers with %s', async (_name, demands, env) => {
    const options = { address: await front(demands), env: env() };
    const client = await connect(options);
    const worker = await connectWorker(options);
    expect(client.serverVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(worker.address).toBe(options.address);
    await Promise.all([client.close(), worker.close()]);
  });

  it.each([
    ['an authority that nobody trusts', {}, () => ({ TEMPORAL_TLS: 'true' }), 'TLS_MISMATCH'],
    ['no TLS at all', {}, () => ({}), 'TLS_MISMATCH'],
    ['a wrong API key', { apiKey: KEY }, () => ({ ...trusted(), TEMPORAL_API_KEY: 'another' }), 'UNAUTHORIZED'],
    ['no API key', { apiKey: KEY }, () => trusted(), 'UNAUTHORIZED'],
    ['no certificate', { clientCertificate: true }, () => trusted(), 'TLS_MISMATCH'],
  ])(
    'refuses %s, in words that say what to do',
    async (_name, demands, env, code) => {
      const address = await front(demands);
      await expect(connect({ address, env: env() })).rejects.toMatchObject({ code });
    },
    LONGEST_MS,
  );

  it(
    'is set up from the command line by the same variables, and shows no key when it refuses',
    async () => {
      const address = await front({ apiKey: KEY });
      const done = await phasedRollback(['setup'], { TEMPORAL_ADDRESS: address, ...trusted(), TEMPORAL_API_KEY: KEY });
      expect(done).toMatchObject({ exit: 0 });
      const wrong = await phasedRollback(['setup'], {
        TEMPORAL_ADDRESS: address,
        ...trusted(),
        TEMPORAL_API_KEY: 'another-secret',
      });
      expect(wrong.exit).toBe(2);
      expect(wrong.err).toContain('Check TEMPORAL_API_KEY');
      expect(wrong.out + wrong.err).not.toContain('another-secret');
    },
    LONGEST_MS,
  );
});
