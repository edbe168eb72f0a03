import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../../../src/demo/fleet/http';
import { ProxyStore } from '../../../src/demo/fleet/proxy-store';
import type { RevisionReading } from '../../../src/domain/plan/census';
import { instancesFor, TargetContract } from '../../../src/demo/fleet/target-contract';
import type { Answer } from '../../../src/demo/fleet/target-contract';
import { parseTargetRequest } from '../../../src/demo/fleet/target-request';
import { troubleOf } from './trouble';
import type { Trouble } from './trouble';
import { BAD, endWithParent, filesOf, OLD, REGIONS, worldArguments } from './world';

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
        if (troubleAt(target) === 'starts nothing') return;
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

/** What is wrong with a target; only the first region of a service is ever in trouble. */
function troubleAt(target: string): Trouble | undefined {
  const [service = '', region] = target.split('.');
  return region === REGIONS[0] ? troubleOf(dir, service) : undefined;
}

const THIRD_PERCENT = 20;

/** What is told of a target on which somebody else has put a third revision, at the cost of the suspect. */
function withThird({ status, body }: Answer): Answer {
  const { observed, ...rest } = body as { observed?: { revisions: readonly RevisionReading[] } };
  if (!observed) return { status, body };
  const left = observed.revisions.find(({ revision }) => revision === BAD)?.weight ?? 0;
  const weight = Math.min(THIRD_PERCENT, left);
  const third = { revision: 'v43', weight, readyCapacity: weight, readyInstances: 1 };
  const others = observed.revisions.map((reading) =>
    reading.revision === BAD ? { ...reading, weight: left - weight } : reading,
  );
  return { status, body: { ...rest, observed: { revisions: [...others, third] } } };
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
  const trouble = troubleAt(target);
  if (trouble === 'reads nothing') return sendJson(response, 401, { detail: 'nobody may look here' });
  if (trouble === 'refuses' && ['prepare', 'shift'].includes(parsed.request.operation))
    return sendJson(response, 422, { status: 'refused', detail: 'frozen for an audit' });
  const key = incoming.headers['idempotency-key'];
  const said = contractOf(target).handle(parsed.request, typeof key === 'string' ? key : undefined);
  const told = trouble === 'third revision' ? withThird(said) : said;
  return sendJson(response, told.status, told.body);
}

endWithParent();
createServer((incoming, response) => {
  answer(incoming, response).catch((error: unknown) => sendJson(response, 400, { detail: String(error) }));
}).listen(port, '127.0.0.1', () => process.send?.('ready'));
