import type { ServerResponse } from 'node:http';
import { bodyOf, listen, send } from '../../adapters/support/loopback';
import type { TargetMisbehaviour } from '../../contract/deployment-target.contract';
import type { Kube } from './kube';

/** What stands before a real API server and spoils what passes, on demand. */
export interface Front {
  readonly url: string;
  readonly misbehave: (how: TargetMisbehaviour | undefined) => Promise<void>;
  /** Carries out the next change and does not answer it; the signal is aborted once that has happened. */
  readonly loseNextChange: () => AbortSignal;
  /** Called before the next change passes, for somebody to be quicker. */
  readonly beforeNextChange: (act: () => Promise<void>) => void;
  /** Changes so far of what stands at that path of an object. */
  readonly changesOf: (path: string) => number;
  readonly close: () => Promise<void>;
}

/** Passes everything on, with the credentials that came. */
export async function startFront(kube: Kube, secret: string): Promise<Front> {
  let fault: TargetMisbehaviour | undefined;
  let losing: AbortController | undefined;
  let before: (() => Promise<void>) | undefined;
  const made: string[] = [];
  const server = await listen((request, response) => {
    void (async () => {
      const { method = 'GET', url = '/', headers } = request;
      const body = await bodyOf(request);
      const changes = method !== 'GET';
      if (spoiled(fault, changes, response, secret)) return;
      if (changes) {
        const act = before;
        before = undefined;
        await act?.();
      }
      const passed = Object.fromEntries(
        ['authorization', 'content-type'].flatMap((name) => {
          const value = headers[name];
          return typeof value === 'string'
            ? [[name === 'authorization' ? 'Authorization' : 'Content-Type', value]]
            : [];
        }),
      );
      const answer = await kube.send(method, url, body === '' ? undefined : body, passed);
      if (changes && answer.status === 200 && !url.includes('dryRun=')) made.push(body);
      if (fault === 'hang') return;
      if (losing && changes && answer.status === 200) {
        losing.abort();
        losing = undefined;
        return;
      }
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    })();
  });
  return {
    url: server.url,
    async misbehave(how) {
      fault = how;
      if (how === 'gone') await server.close();
    },
    loseNextChange() {
      losing = new AbortController();
      return losing.signal;
    },
    changesOf: (path) => made.filter((body) => body.includes(`"path":"${path}"`)).length,
    beforeNextChange: (act) => void (before = act),
    close: server.close,
  };
}

/** True when the request was met by a fault that keeps it from being carried out. */
function spoiled(
  fault: TargetMisbehaviour | undefined,
  changes: boolean,
  response: ServerResponse,
  secret: string,
): boolean {
  const status = (code: number, message: string): boolean => {
    send(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code });
    return true;
  };
  switch (fault) {
    case 'unreadable':
      response.writeHead(200).end('<html>done</html>');
      return true;
    case 'oversized':
      response.writeHead(200).end(`{"kind":"${'x'.repeat(5_000_000)}"}`);
      return true;
    case 'redirect':
      response.writeHead(307, { location: '/elsewhere' }).end();
      return true;
    case 'refuse':
      return changes && status(422, 'frozen by ops');
    case 'telltale':
      return changes && status(422, `I know ${secret}`);
    case 'unavailable':
      return status(503, secret);
    case 'unauthorized':
      return status(403, secret);
    case 'gone':
    case 'hang':
    case 'lagging':
    case undefined:
      return false;
  }
}
