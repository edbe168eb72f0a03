import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTargetServer } from '../adapters/support/target-server';
import { flagFile, FLAG } from '../adapters/targets/support/flag-file';
import { startLab, until } from '../adapters/targets/support/haproxy-lab';
import type { Lab } from '../adapters/targets/support/haproxy-lab';
import { NginxFront } from '../adapters/targets/support/nginx-front';
import { Supervisor } from '../recipes/support/supervisor';
import { Product } from './support/product';
import type { Stanza } from './support/product';
import { releasesSeen } from './support/seeing';

let product: Product;
beforeAll(async () => {
  product = await Product.open('seeing');
});
afterAll(() => product.close());

const BOTH = ['v43 seen', 'v42 seen'];
const SECRET = `whsec_${Buffer.from('a-secret-of-whoever-releases').toString('base64')}`;
const QUEUE_WORKERS = join(__dirname, '..', '..', 'examples', 'recipes', 'queue-workers', 'target.js');
const SLOTS = { blue: ['a1', 'a2'], green: ['b1', 'b2'] };

/** A real HAProxy whose servers say what they run, and the stanza of it. */
async function inLab(body: (lab: Lab, stanza: Stanza) => Promise<void>): Promise<void> {
  const lab = await startLab({ recorded: {} });
  const { address } = lab.first.relay;
  try {
    await body(lab, { type: 'haproxy', address, backend: 'checkout', slots: SLOTS, probe: { path: '/version' } });
  } finally {
    await lab.close();
  }
}

/** As a deployment does: the servers of a slot run it, and the slot has all the traffic. */
async function deployed({ apps, first }: Lab, slot: keyof typeof SLOTS, revision: string): Promise<void> {
  for (const server of SLOTS[slot]) apps[server]?.deploy(revision);
  const weigh = (servers: readonly string[], weight: number): string[] =>
    servers.map((server) => `set weight checkout/${server} ${weight}`);
  const other = slot === 'blue' ? SLOTS.green : SLOTS.blue;
  await first.say(...weigh(SLOTS[slot], 100), ...weigh(other, 0));
}

describe('a release that nobody records', () => {
  it('is seen on a HAProxy, by what its servers run', () =>
    inLab(async (lab, stanza) => {
      const seen = await releasesSeen(product, 'haproxy', stanza, (revision) => deployed(lab, 'green', revision));
      expect(seen).toEqual(BOTH);
    }));

  it('is seen on an NGINX, by what its file says once NGINX serves it', async () => {
    const front = await NginxFront.make();
    try {
      const seen = await releasesSeen(product, 'nginx', front.stanza(), async (revision) => {
        const text = await front.text();
        await front.write(
          text.replace('# revision.green: v41', `# revision.green: ${revision}`).replace('*  blue;', '*  green;'),
        );
        await until('old processes take no more', async () => (await front.served()).every((to) => to === 'green'));
      });
      expect(seen).toEqual(BOTH);
    } finally {
      await front.close();
    }
  });

  it('is seen on a flag of flagd, by the revision that its metadata give the variant', async () => {
    const file = await flagFile();
    try {
      const stanza = { type: 'flagd', file: file.path, flag: FLAG };
      const seen = await releasesSeen(product, 'flagd', stanza, async (revision) => {
        const text = await file.text();
        await writeFile(file.path, text.replace('"revision.on": "v42"', `"revision.on": "${revision}"`));
      });
      expect(seen).toEqual(BOTH);
    } finally {
      await file.close();
    }
  });

  it('is seen on a server of somebody else, by what it answers to signed questions', async () => {
    const server = await startTargetServer(SECRET);
    process.env['SEEING_SECRET'] = SECRET;
    try {
      const stanza = { type: 'http', url: server.url, secret: '${env:SEEING_SECRET}' };
      const seen = await releasesSeen(product, 'http', stanza, async (revision) => {
        const ready = { readyCapacity: 100, readyInstances: 2 };
        Object.assign(server.state.revisions, { v42: { weight: 0, ...ready }, [revision]: { weight: 100, ...ready } });
      });
      expect(seen).toEqual(BOTH);
    } finally {
      delete process.env['SEEING_SECRET'];
      await server.close();
    }
  });

  it('is seen on workers under Supervisor, by a program that asks it which of them run', async () => {
    const supervisor = new Supervisor();
    const alike = { command: 'sleep 3600', instances: 2, more: 'startsecs=0' };
    await supervisor.start([
      { ...alike, name: 'mailer-v42', starts: true },
      { ...alike, name: 'mailer-v43', starts: false },
    ]);
    try {
      const fence = join(supervisor.dir, 'fence.json');
      const command = [
        process.execPath,
        QUEUE_WORKERS,
        '--server',
        supervisor.url,
        '--groups',
        'mailer-',
        '--fence',
        fence,
      ];
      const stanza = { type: 'exec', command, granularity: 'units' };
      const release = (revision: string): Promise<void> => supervisor.switch('mailer-v42', `mailer-${revision}`);
      expect(await releasesSeen(product, 'exec', stanza, release)).toEqual(BOTH);
    } finally {
      await supervisor.stop();
    }
  });
});

describe('after a rollback over a real HAProxy has ended', () => {
  it('what it left is watched: a third revision that comes is told of once, what it took back pages', () =>
    inLab(async (lab, stanza) => {
      await product.serve('shop', stanza);
      await product.untilState('shop', 'v42 is seen', ({ releases }) => releases.length > 0);
      const day = 86_400_000;
      const good = { revision: 'v41', from: Date.now() - day, to: Date.now() - 1_000, source: 'imported' as const };
      await product.say('shop', { kind: 'release', releases: [good] });
      await product.say('shop', { kind: 'now', reason: 'v42 is bad' });
      const ended = await product.untilState('shop', 'it has ended', ({ past }) => past.length > 0);
      expect(ended.past).toMatchObject([{ end: 'succeeded', toRevision: 'v41', left: { eu: { v41: 100 } } }]);
      expect(await lab.first.served('v41', 40)).toBe(100);
      await product.untilState('shop', 'it was looked at', ({ census }) => 'eu' in census);

      await deployed(lab, 'blue', 'v43');
      const state = await product.untilState('shop', 'it is known', ({ past }) => past.at(-1)?.drifts !== undefined);
      // A look may fall between the weights of two servers.
      const [weight, at] = [expect.any(Number), expect.any(Number)];
      expect(state.past.at(-1)?.drifts).toEqual([{ target: 'eu', revision: 'v43', weight, left: 0, at }]);
      const told = await product.untilTold('v43 has come to prod/shop');
      expect(told).toMatchObject({ level: 'info', text: expect.stringMatching(/eu serves \d+ % on v43, left at 0 %/) });

      await deployed(lab, 'blue', 'v42');
      const back = await product.untilTold('v42 is back on prod/shop');
      expect(back).toMatchObject({ level: 'page', text: expect.stringMatching(/eu serves \d+ % on it/) });
    }));
});
