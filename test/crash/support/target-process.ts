import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../../../src/demo/fleet/http';
import { ProxyStore } from '../../../src/demo/fleet/proxy-store';
import { instancesFor, TargetContract } from '../../../src/demo/fleet/target-contract';
import { parseTargetRequest } from '../../../src/demo/fleet/target-request';
import { BAD, endWithParent, filesOf, OLD, worldArguments } from './world';

/** The places where every service runs: the fleet's own target contract on files that survive a kill, without traffic. */
const FULL_INSTANCES = 2;
const STARTUP_MS = 150;

const { dir, port } = worldArguments();
const contracts = new Map<string, TargetContract>();
let hanging = false;

function contractOf(target: string): TargetContract {
  const known = contracts.get(target);
  if (known) return known;
  const files = filesOf(dir, target);
  const initial = { weight: 0, salt: '', wanted: { [BAD]: 100 }, fences: {}, keys: {}, effects: 0 };
  const store = new ProxyStore(files.state, files.journal, initial);
  const wanted = (revision: string): number => store.state.wanted[revision] ?? 0;
  // What ran before a restart runs; what is added takes its time, and takes nothing away meanwhile.
  const ready = new Map([BAD, OLD].map((revision) => [revision, { share: wanted(revision), at: 0, before: 0 }]));
  const readyShare = (revision: string): number => {
    const { share, at, before } = ready.get(revision) ?? { share: 0, at: 0, before: 0 };
    return Date.now() < at ? before : share;
  };
  const contract = new TargetContract({
    target: target.split('.')[1] ?? target,
    old: OLD,
    bad: BAD,
    fullInstances: FULL_INSTANCES,
    store,
    capacity: {
      readyCount: (revision) => instancesFor(readyShare(revision), FULL_INSTANCES),
      async grow(revision) {
        const before = readyShare(revision);
        ready.set(revision, { share: wanted(revision), at: Date.now() + STARTUP_MS, before });
      },
    },
    statusUrl: (key) => `http://127.0.0.1:${port}/${target}/status?key=${encodeURIComponent(key)}`,
    now: Date.now,
  });
  contracts.set(target, contract);
  return contract;
}

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/hang') {
    hanging = url.searchParams.get('on') === 'true';
    return sendJson(response, 200, { hanging });
  }
  const [, target = '', what] = url.pathname.split('/');
  if (hanging) return;
  if (what === 'status') {
    const progress = contractOf(target).progress(url.searchParams.get('key') ?? '');
    return sendJson(response, progress.status, progress.body);
  }
  if (what === 'foreign') {
    contractOf(target).foreignShift(Number(url.searchParams.get('weight')));
    return sendJson(response, 200, {});
  }
  const parsed = parseTargetRequest(await readBody(incoming));
  if ('problem' in parsed) return sendJson(response, 422, { status: 'refused', detail: parsed.problem });
  const key = incoming.headers['idempotency-key'];
  const said = contractOf(target).handle(parsed.request, typeof key === 'string' ? key : undefined);
  return sendJson(response, said.status, said.body);
}

endWithParent();
createServer((incoming, response) => {
  answer(incoming, response).catch((error: unknown) => sendJson(response, 400, { detail: String(error) }));
}).listen(port, '127.0.0.1', () => process.send?.('ready'));
