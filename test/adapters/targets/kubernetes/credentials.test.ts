import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters } from '../../../../src/adapters';
import type { DeploymentTarget } from '../../../../src/ports';
import { testDependencies } from '../../support/dependencies';

let folder: string;
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const before = { home: process.env['HOME'], kubeconfig: process.env['KUBECONFIG'] };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterEach(async () => {
  process.env['HOME'] = before.home;
  if (before.kubeconfig === undefined) delete process.env['KUBECONFIG'];
  else process.env['KUBECONFIG'] = before.kubeconfig;
  await rm(folder, { recursive: true });
});

function target(settings: object): DeploymentTarget {
  const backends = [{ service: 'blue' }, { service: 'green' }];
  const adapter = { type: 'kubernetes-httproute', route: 'shop', backends, ...settings };
  return createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
}

async function configured(text: string): Promise<string> {
  const path = join(folder, 'config');
  await writeFile(path, text);
  return path;
}

function config(cluster: string, user = 'token: hush-hush'): string {
  return [
    'clusters: [{ name: c, cluster: { ' + cluster + ' } }]',
    'users: [{ name: u, user: { ' + user + ' } }]',
    'contexts: [{ name: here, context: { cluster: c, user: u } }]',
    'current-context: here',
  ].join('\n');
}

describe('where a Kubernetes target finds its cluster', () => {
  it.each([
    ['is not there', async () => ({ kubeconfig: join(folder, 'none') }), /none cannot be read: ENOENT/],
    [
      'is no kubeconfig',
      async () => ({ kubeconfig: await configured('clusters: [hush-hush\n:::') }),
      /config cannot be read: it is no kubeconfig/,
    ],
    [
      'has no such context',
      async () => ({ kubeconfig: await configured(config('server: https://127.0.0.1:1')), context: 'there' }),
      /has no cluster for the context "there"/,
    ],
    [
      'has an address without TLS',
      async () => ({ kubeconfig: await configured(config('server: http://127.0.0.1:1')) }),
      /insecure-skip-tls-verify/,
    ],
    [
      'has a plugin that is not installed',
      async () => ({
        kubeconfig: await configured(
          config(
            'server: https://127.0.0.1:1',
            'exec: { apiVersion: client.authentication.k8s.io/v1, command: /no/plugin }',
          ),
        ),
      }),
      /names a file or program that cannot be used: ENOENT/,
    ],
  ])('says so, and nothing that stands there, where the file %s', async (_how, settings, message) => {
    const error = await target(await settings())
      .observe(soon())
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      code: 'TARGET_MISCONFIGURED',
      retryable: false,
      message: expect.stringMatching(message),
    });
    expect(JSON.stringify([error, (error as Error).message])).not.toContain('hush-hush');
  });

  it('asks nobody where neither a file nor a service account is there', async () => {
    process.env['HOME'] = folder;
    delete process.env['KUBECONFIG'];
    await expect(target({}).observe(soon())).rejects.toMatchObject({
      code: 'TARGET_MISCONFIGURED',
      message: 'eu: there is no kubeconfig and no service account: set "kubeconfig", or KUBECONFIG in the environment',
    });
  });

  it('reads a file anew that was written since', async () => {
    const kubeconfig = await configured(config('server: http://127.0.0.1:1'));
    await expect(target({ kubeconfig }).observe(soon())).rejects.toMatchObject({ code: 'TARGET_MISCONFIGURED' });
    await configured(config('server: http://127.0.0.1:1, insecure-skip-tls-verify: true'));
    await expect(target({ kubeconfig }).observe(soon())).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  });
});
