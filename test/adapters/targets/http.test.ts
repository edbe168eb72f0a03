import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAdapters } from '../../../src/adapters';
import type { DeploymentTarget, ShiftRequest } from '../../../src/ports';
import { bodyOf, listen, send } from '../support/loopback';
import { testDependencies } from '../support/dependencies';
import { startTargetServer } from '../support/target-server';

const SECRET = `whsec_${Buffer.from('a-secret-of-the-tests-of-http').toString('base64')}`;
const SHIFT: ShiftRequest = {
  rollback: 'rollback/prod/checkout/1',
  target: 'eu',
  revision: { from: 'v42', to: 'v41' },
  fence: { epoch: 1_795_400_905_000, number: 3 },
  desired: 25,
  expected: 0,
};
const OBSERVED = { revisions: [{ revision: 'v41', weight: 25, readyCapacity: 100, readyInstances: 3 }] };

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

function targetAt(url: string, settings: object = {}, secret = SECRET): DeploymentTarget {
  const adapters = createAdapters(testDependencies({ '${env:SECRET}': secret }));
  return adapters.target({ name: 'eu', labels: {}, adapter: { type: 'http', url, ...settings } });
}

type Reply = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** Runs the body against a server whose n-th answer is the n-th reply, the last one repeated. */
async function against(
  replies: readonly Reply[],
  body: (target: DeploymentTarget, url: string) => Promise<void>,
  settings: object = {},
) {
  let count = 0;
  const server = await listen((request, response) => {
    const reply = replies[Math.min(count, replies.length - 1)];
    count += 1;
    void bodyOf(request).then(() => reply?.(request, response, count));
  });
  try {
    await body(targetAt(`${server.url}/target`, settings), server.url);
  } finally {
    await server.close();
  }
  return count;
}

const answers =
  (status: number, body: object, headers?: Record<string, string>): Reply =>
  (_request, response) =>
    send(response, status, body, headers);

describe('the http target', () => {
  it('asks with the documents and headers of the contract', async () => {
    const server = await startTargetServer(SECRET);
    const target = targetAt(server.url, { secret: '${env:SECRET}' });
    const before = Date.now();
    await target.observe(soon());
    const took = Date.now() - before;
    await target.check(SHIFT.revision, soon());
    await target.prepare({ ...SHIFT, share: 25 }, soon());
    await target.shift(SHIFT, soon());
    await server.close();
    const effect = { rollback: SHIFT.rollback, effect: SHIFT.fence, revision: SHIFT.revision };
    const deadline = expect.any(String);
    expect(server.arrived.map(({ body }) => body)).toEqual([
      { operation: 'observe', target: 'eu', deadline },
      { operation: 'check', target: 'eu', revision: SHIFT.revision, deadline },
      { operation: 'prepare', target: 'eu', ...effect, desired: { weight: 25 }, deadline },
      { operation: 'shift', target: 'eu', ...effect, desired: { weight: 25 }, expected: { weight: 0 }, deadline },
    ]);
    expect(server.arrived.map(({ headers }) => headers['idempotency-key'])).toEqual([
      undefined,
      undefined,
      'rollback/prod/checkout/1/eu/prepare/3',
      'rollback/prod/checkout/1/eu/shift/3',
    ]);
    const asked = Date.parse(String(server.arrived[0]?.body['deadline'])) - before;
    expect(asked).toBeGreaterThanOrEqual(5_000);
    expect(asked).toBeLessThanOrEqual(5_000 + took);
  });

  it('signs the attempts of one effect with one message id, without dots', async () => {
    const server = await startTargetServer(SECRET);
    const target = targetAt(server.url, { secret: '${env:SECRET}' });
    await target.prepare({ ...SHIFT, rollback: 'rollback/prod/a.b/1', share: 25 }, soon());
    await target.prepare({ ...SHIFT, rollback: 'rollback/prod/a.b/1', share: 25 }, soon());
    await server.close();
    const ids = server.arrived.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^msg_[0-9a-f]{32}$/);
  });

  it('polls accepted work until it is done, on the same server and signed', async () => {
    const polled: (string | undefined)[] = [];
    const accepted = { status: 'accepted', pollAfterSeconds: 0, statusUrl: '/jobs/7' };
    const count = await against(
      [
        answers(202, accepted),
        (request, response) => {
          polled.push(`${request.method} ${request.url}`, String(request.headers['webhook-signature']));
          send(response, 503, {});
        },
        answers(202, accepted),
        answers(200, { status: 'done', observed: OBSERVED }),
      ],
      async (target) => {
        expect(await target.shift(SHIFT, soon())).toMatchObject({
          outcome: 'done',
          observed: { ...OBSERVED, target: 'eu' },
        });
      },
      { secret: '${env:SECRET}' },
    );
    expect(count).toBe(4);
    expect(polled).toEqual(['GET /jobs/7', expect.stringMatching(/^v1,/)]);
  });

  it.each([
    ['is not done in time', [answers(202, { status: 'accepted', pollAfterSeconds: 60, statusUrl: '/jobs/7' })]],
    [
      'is forgotten',
      [answers(202, { status: 'accepted', pollAfterSeconds: 0, statusUrl: '/jobs/7' }), answers(404, {})],
    ],
    ['is said to be elsewhere', [answers(202, { status: 'accepted', statusUrl: 'http://169.254.169.254/' })]],
    ['says nowhere to ask', [answers(202, { status: 'accepted' })]],
  ])('calls an effect unknown whose accepted work %s', async (_what, replies) => {
    await against(replies, async (target) => expect((await target.shift(SHIFT, soon())).outcome).toBe('unknown'), {
      timeoutMs: 400,
    });
  });

  it('calls capacity asked for that is accepted and still coming when the time is over', async () => {
    const accepted = { status: 'accepted', pollAfterSeconds: 60, statusUrl: '/jobs/7' };
    await against(
      [answers(202, accepted)],
      async (target) => {
        const { rollback, target: name, revision, fence } = SHIFT;
        const asked = await target.prepare({ rollback, target: name, revision, fence, share: 25 }, soon());
        expect(asked).toEqual({ outcome: 'done', detail: 'accepted, and not done in the time there was' });
      },
      { timeoutMs: 2_000 },
    );
  });

  it('asks nobody but the server of the target how accepted work ended', async () => {
    let asked = 0;
    const elsewhere = await listen((_request, response) => {
      asked += 1;
      send(response, 200, { status: 'done' });
    });
    const accepted = { status: 'accepted', pollAfterSeconds: 0, statusUrl: `${elsewhere.url}/jobs/7` };
    await against([answers(202, accepted)], async (target) => {
      expect(await target.shift(SHIFT, soon())).toMatchObject({
        outcome: 'unknown',
        detail: expect.stringContaining('statusUrl'),
      });
    });
    await elsewhere.close();
    expect(asked).toBe(0);
  });

  it.each([408, 425, 429, 500, 503])('tries again after HTTP %i', async (status) => {
    await against([answers(status, {})], async (target) => {
      const refused = { code: 'TARGET_UNREACHABLE', retryable: true };
      await expect(target.shift(SHIFT, soon())).rejects.toMatchObject(refused);
    });
  });

  it('hands on how long the other side asks to wait', async () => {
    await against([answers(429, {}, { 'retry-after': '7' })], async (target) => {
      await expect(target.shift(SHIFT, soon())).rejects.toMatchObject({
        code: 'TARGET_UNREACHABLE',
        retryAfterMs: 7_000,
      });
    });
    await against(
      [answers(503, {}, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() })],
      async (target) => {
        const error: { retryAfterMs: number } = await target.observe(soon()).then(
          () => ({ retryAfterMs: 0 }),
          (thrown: { retryAfterMs: number }) => thrown,
        );
        expect(error.retryAfterMs).toBeGreaterThan(50_000);
        expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
      },
    );
  });

  it.each([400, 404, 405, 413])(
    'calls an answer %i a configuration that trying again does not mend',
    async (status) => {
      await against([answers(status, {})], async (target) => {
        await expect(target.shift(SHIFT, soon())).rejects.toMatchObject({
          code: 'TARGET_MISCONFIGURED',
          retryable: false,
        });
      });
    },
  );

  it('calls an effect unknown whose connection is cut after it was sent', async () => {
    const cut: Reply = (request) => request.socket.destroy();
    await against([cut], async (target) => expect((await target.shift(SHIFT, soon())).outcome).toBe('unknown'));
  });

  it('keeps a conflict a conflict when only its document is unreadable', async () => {
    const reply: Reply = (_request, response) => response.writeHead(409).end('<html>');
    await against([reply], async (target) => {
      expect(await target.shift(SHIFT, soon())).toMatchObject({
        outcome: 'conflict',
        detail: expect.stringMatching(/\S/),
      });
    });
  });

  it('reads a refusal in the form of problem+json', async () => {
    await against([answers(422, { title: 'Frozen', detail: 'frozen until\nMonday' })], async (target) => {
      expect(await target.shift(SHIFT, soon())).toMatchObject({ outcome: 'refused', detail: 'frozen until Monday' });
      await expect(target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_MISCONFIGURED' });
    });
  });

  it.each([
    ['keeps its code and its way out', { code: 'NOT_ALLOWED', wayOut: 'ask ops' }, 'NOT_ALLOWED', 'frozen', 'ask ops'],
    [
      'adds what leads out',
      { code: 'LATE_EFFECT' },
      'LATE_EFFECT',
      'frozen',
      expect.stringContaining('retry or adopt'),
    ],
    [
      'names a code that nobody here knows',
      { code: 'MOON_IS_FULL' },
      'OTHER',
      'frozen (MOON_IS_FULL)',
      expect.stringContaining('skip'),
    ],
    ['takes what is no code for none', { code: 7, wayOut: [] }, 'OTHER', 'frozen', expect.stringContaining('skip')],
    ['needs no code', {}, 'OTHER', 'frozen', expect.stringContaining('skip')],
  ])('of a refusal %s', async (_title, said, code, detail, wayOut) => {
    const why = { code, detail, wayOut };
    for (const [status, outcome] of [
      [422, 'refused'],
      [409, 'conflict'],
    ] as const)
      await against([answers(status, { detail: 'frozen', ...said })], async (target) => {
        expect(await target.shift(SHIFT, soon())).toMatchObject({ outcome, ...why });
        expect(await target.check({ from: 'v42', to: 'v41' }, soon())).toEqual({ ok: false, ...why });
      });
  });

  it.each([
    ['a weight above 100', [{ revision: 'v41', weight: 101, readyCapacity: 1, readyInstances: 1 }]],
    ['a weight that is no number', [{ revision: 'v41', weight: '25', readyCapacity: 1, readyInstances: 1 }]],
    ['a revision twice', [1, 2].map(() => ({ revision: 'v41', weight: 10, readyCapacity: 1, readyInstances: 1 }))],
    [
      'more than everything',
      ['a', 'b'].map((revision) => ({ revision, weight: 80, readyCapacity: 1, readyInstances: 1 })),
    ],
  ])('does not believe a reading with %s', async (_what, revisions) => {
    await against([answers(200, { status: 'done', observed: { revisions } })], async (target) => {
      await expect(target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_ANSWER_UNREADABLE' });
    });
  });

  it.each([
    ['no whole number of them', { total: 7.5, name: 'instances' }, /observed\.units\.total/],
    ['none of them', { total: 0, name: 'instances' }, /observed\.units\.total/],
    ['no name for them', { total: 8 }, /observed\.units\.name/],
  ])('does not believe units with %s, and names the place', async (_what, units, place) => {
    await against([answers(200, { status: 'done', observed: { ...OBSERVED, units } })], async (target) => {
      await expect(target.observe(soon())).rejects.toMatchObject({
        code: 'TARGET_ANSWER_UNREADABLE',
        message: expect.stringMatching(place),
      });
    });
  });

  it('takes units for what a target is moved by only where its policy says so', async () => {
    const reply = answers(200, { status: 'done', observed: { ...OBSERVED, units: { total: 8, name: 'in\nstances' } } });
    const units = { total: 8, name: 'in stances' };
    await against([reply], async (target) => expect((await target.observe(soon())).units).toEqual(units), {
      granularity: 'units',
    });
    await against([reply], async (target) => expect((await target.observe(soon())).units).toBeUndefined());
  });

  it('names the reference of a secret that is none, not the secret', async () => {
    const target = targetAt('http://127.0.0.1:1/', { secret: '${env:SECRET}' }, 'not base64!');
    const error: Error = await target.observe(soon()).then(
      () => new Error('no error'),
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: 'TARGET_MISCONFIGURED', message: expect.stringContaining('${env:SECRET}') });
    expect(`${error.message}${error.stack}`).not.toContain('not base64!');
  });
});
