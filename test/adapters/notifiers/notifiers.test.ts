import { Webhook } from 'standardwebhooks';
import { createAdapters, InMemoryNotifier } from '../../../src/adapters';
import type { Notifier } from '../../../src/ports';
import { describeNotifier, notification } from '../../contract/notifier.contract';
import { testDependencies } from '../support/dependencies';
import { bodyOf, listen } from '../support/loopback';

const SECRET = `whsec_${Buffer.from('a-secret-of-the-notifier-tests').toString('base64')}`;
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

function webhook(url: string, secret = SECRET, settings: object = {}): Notifier {
  const config = { type: 'webhook', url: `${url}/hook?token=hidden`, secret: '${env:SECRET}', ...settings };
  return createAdapters(testDependencies({ '${env:SECRET}': secret })).notifier(config);
}

type Told = { id: string; title: string };

describeNotifier({
  name: 'webhook',
  async create() {
    const received = new Map<string, Told>();
    const server = await listen((request, response) => {
      void bodyOf(request).then((text) => {
        const headers = request.headers as Record<string, string>;
        const body = new Webhook(SECRET).verify(text, headers) as { data: Told };
        received.set(headers['webhook-id'] ?? '', { id: body.data.id, title: body.data.title });
        response.writeHead(204).end();
      });
    });
    return { notifier: webhook(server.url), received: () => [...received.values()], close: server.close };
  },
});

describeNotifier({
  name: 'log',
  async create() {
    const deps = testDependencies();
    const received = (): Told[] => {
      const told = deps.logged.map(({ details }) => (details as { notification: Told }).notification);
      return [...new Map(told.map(({ id, title }) => [id, { id, title }])).values()];
    };
    return { notifier: createAdapters(deps).notifier({ type: 'log' }), received, close: () => Promise.resolve() };
  },
});

describeNotifier({
  name: 'in-memory',
  async create() {
    const notifier = new InMemoryNotifier();
    const received = (): Told[] => notifier.notifications.map(({ id, title }) => ({ id, title }));
    return { notifier, received, close: () => Promise.resolve() };
  },
});

describe('the webhook notifier', () => {
  it.each([
    [429, { code: 'NOTIFIER_UNREACHABLE', retryable: true, retryAfterMs: 9_000 }],
    [500, { code: 'NOTIFIER_UNREACHABLE', retryable: true }],
    [302, { code: 'NOTIFIER_REFUSED', retryable: false }],
    [410, { code: 'NOTIFIER_REFUSED', retryable: false }],
  ])('meets an answer %i with %j, telling neither secret nor query', async (status, expected) => {
    const server = await listen((_request, response) =>
      response.writeHead(status, { 'retry-after': '9', location: '/elsewhere' }).end(SECRET),
    );
    const error: Error = await webhook(server.url)
      .notify(notification(), soon())
      .then(
        () => new Error('no error'),
        (thrown: Error) => thrown,
      );
    await server.close();
    expect(error).toMatchObject(expected);
    expect(`${error.message}${error.stack}`).not.toMatch(new RegExp(`hidden|${SECRET.slice(6)}`));
  });

  it('says to try again where nobody listens, and in time where nobody answers', async () => {
    const unreachable = { code: 'NOTIFIER_UNREACHABLE', retryable: true };
    await expect(webhook('http://127.0.0.1:1').notify(notification(), soon())).rejects.toMatchObject(unreachable);
    const server = await listen(() => undefined);
    const told = webhook(server.url).notify(notification(), AbortSignal.timeout(200));
    await expect(told).rejects.toMatchObject(unreachable);
    await server.close();
  });

  it('names the reference of a secret that is none', async () => {
    const told = webhook('http://127.0.0.1:1', 'not base64!').notify(notification(), soon());
    await expect(told).rejects.toMatchObject({
      code: 'NOTIFIER_REFUSED',
      message: '${env:SECRET} is no whsec_ secret',
    });
  });

  it('leaves out the levels it is not meant for', async () => {
    await expect(
      webhook('http://127.0.0.1:1', SECRET, { levels: ['info'] }).notify(notification(), soon()),
    ).resolves.toBeUndefined();
  });
});
