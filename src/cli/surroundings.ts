import { existsSync } from 'node:fs';
import { connect } from 'node:net';

/** Something on this machine that `init` can name. */
export interface Surroundings {
  /** In words, each with what it is good for. */
  readonly seen: readonly string[];
}

const LOOK_MS = 500;
const HAPROXY_SOCKETS = ['/run/haproxy/admin.sock', '/var/run/haproxy.sock', '/var/lib/haproxy/stats'];

/** Looks at this machine only, each look bounded; what does not answer is not there. */
export async function lookAround(): Promise<Surroundings> {
  const seen: string[] = [];
  if (await answersOk('http://127.0.0.1:9090/-/ready')) seen.push('Prometheus at http://127.0.0.1:9090');
  if (await answersOk('http://127.0.0.1:9093/-/ready')) {
    seen.push('Alertmanager at http://127.0.0.1:9093; let it post to <gateway>/v1/alerts/alertmanager');
  }
  const socket = HAPROXY_SOCKETS.find((path) => existsSync(path));
  if (socket !== undefined)
    seen.push(`HAProxy with its socket at ${socket}; a target of type haproxy can set its weights`);
  if (await listens(9999))
    seen.push('something on 127.0.0.1:9999, where HAProxy often has its runtime API, for a target of type haproxy');
  return { seen };
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LOOK_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Nobody there, or nobody who answers: both mean "not seen".
    return false;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(LOOK_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
