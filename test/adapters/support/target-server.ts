import type { IncomingMessage, ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { TargetMisbehaviour } from '../../contract/deployment-target.contract';
import { bodyOf, listen, send } from './loopback';
import { answer, freshState } from './target-world';
import type { WorldUnits } from './target-world';

/** A request as it arrived. */
interface Arrived {
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** A target of somebody else's behind HTTP, that checks signatures and misbehaves on demand. */
export async function startTargetServer(secret: string, units?: WorldUnits) {
  const state = freshState(units);
  const arrived: Arrived[] = [];
  let fault: TargetMisbehaviour | undefined;
  let followed = 0;
  const server = await listen((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    if (request.url === '/elsewhere') followed += 1;
    try {
      new Webhook(secret).verify(text, request.headers as Record<string, string>, { jsonParse: false });
    } catch {
      return send(response, 401, { detail: 'wrong signature' });
    }
    // Whoever asks how accepted work goes on has nothing to say.
    if (request.method === 'GET') return accept(response);
    const body = JSON.parse(text) as Record<string, unknown>;
    arrived.push({ headers: request.headers, body });
    if (fault === 'lagging' && body['operation'] === 'shift') return accept(response);
    const key = request.headers['idempotency-key'];
    if (!misbehaved(response)) {
      const reply = answer(state, body, typeof key === 'string' ? key : undefined);
      if (fault !== 'hang') send(response, reply.status, reply.body);
    }
  }

  function accept(response: ServerResponse): void {
    send(response, 202, { status: 'accepted', pollAfterSeconds: 0.2, statusUrl: '/status' });
  }

  /** True when the request was met by a fault that keeps it from being carried out. */
  function misbehaved(response: ServerResponse): boolean {
    switch (fault) {
      case 'unreadable':
        response.writeHead(200).end('<html>done</html>');
        return true;
      case 'oversized':
        response.writeHead(200).end(`{"status":"done","detail":"${'x'.repeat(2_000_000)}"}`);
        return true;
      case 'redirect':
        response.writeHead(307, { location: '/elsewhere' }).end();
        return true;
      case 'refuse':
        send(response, 422, { status: 'refused', detail: 'frozen by ops' });
        return true;
      case 'telltale':
        send(response, 422, { status: 'refused', detail: `I know ${secret} and ${secret.slice(6)}` });
        return true;
      case 'unavailable':
        send(response, 503, { detail: secret }, { 'retry-after': '7' });
        return true;
      case 'unauthorized':
        send(response, 403, { detail: secret });
        return true;
      case 'gone':
      case 'hang':
      case 'lagging':
      case undefined:
        return false;
    }
  }

  return {
    url: `${server.url}/target?token=in-the-query`,
    state,
    arrived,
    followed: () => followed,
    misbehave: async (how: TargetMisbehaviour | undefined): Promise<void> => {
      fault = how;
      if (how === 'gone') await server.close();
    },
    close: server.close,
  };
}
