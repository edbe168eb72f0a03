import { request } from 'node:https';
import type { OutgoingHttpHeaders } from 'node:http';
import { bytesOf, listen } from '../../adapters/support/loopback';
import { ADMIN_TOKEN } from './control-plane';
import type { ControlPlane } from './control-plane';
import { eventually, freshName, podTemplate } from './fleet';
import type { RolloutShop } from './rollout-shop';

/** What stands between a controller and the API server: it passes everything on as it comes, watches too. */
interface Ear {
  readonly url: string;
  /** Whether the controller has asked for anything so far whose address holds that text. */
  readonly isAsked: (text: string) => boolean;
  /** Keeps the server's answer to the next patch at that address that says so back until it is let go. */
  readonly keepBack: (address: string, said: string) => Kept;
  readonly close: () => Promise<void>;
}

/** A controller of its own that has put an older Rollout over what it was told. */
export interface HardOfHearing {
  /** What Rollouts bear that are its own. */
  readonly marks: object;
  /** Does what tells it something, and lets it lose that once it stands on the Rollout. */
  readonly lose: <T>(shop: RolloutShop, act: () => Promise<T>, stands: () => Promise<boolean>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** An answer that is kept back. */
interface Kept {
  /** The server has made the change and answered. */
  readonly isAnswered: () => boolean;
  readonly letGo: () => void;
}

/** A controller may do everything, and sends no credentials to what is not encrypted. */
async function startEar(plane: ControlPlane): Promise<Ear> {
  const { cert: ca } = plane.certificates();
  const { server: behind } = plane.kube;
  const asked: string[] = [];
  let keeping: { readonly address: string; readonly said: string; readonly until: () => Promise<void> } | undefined;
  const server = await listen((incoming, response) => {
    void (async () => {
      const { method = 'GET', url = '/', headers } = incoming;
      asked.push(url);
      const body = await bytesOf(incoming);
      const isKept = method === 'PATCH' && url === keeping?.address && body.includes(keeping.said);
      const until = isKept ? keeping?.until : undefined;
      if (isKept) keeping = undefined;
      const passed: OutgoingHttpHeaders = { ...headers, authorization: `Bearer ${ADMIN_TOKEN}` };
      delete passed['host'];
      const outgoing = request(`${behind}${url}`, { method, ca, headers: passed });
      outgoing.once('response', (answer) => {
        void (async () => {
          await until?.();
          response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
          answer.pipe(response);
        })();
      });
      outgoing.once('error', () => response.destroy());
      response.once('close', () => outgoing.destroy());
      outgoing.end(body);
    })();
  });
  return {
    url: server.url,
    isAsked: (text) => asked.some((url) => url.includes(text)),
    keepBack(address, said) {
      let isAnswered = false;
      let letGo = (): void => undefined;
      const gone = new Promise<void>((resolve) => (letGo = resolve));
      const until = (): Promise<void> => {
        isAnswered = true;
        return gone;
      };
      keeping = { address, said, until };
      return { isAnswered: () => isAnswered, letGo };
    },
    close: server.close,
  };
}

const ROLLOUTS = '/apis/argoproj.io/v1alpha1/namespaces/default/rollouts';

/** Starts it beside the other one. */
export async function hardOfHearing(plane: ControlPlane): Promise<HardOfHearing> {
  const instance = freshName();
  const marks = { labels: { 'argo-rollouts.argoproj.io/controller-instance-id': instance } };
  const ear = await startEar(plane);
  await plane.controlRolloutsOf(instance, ear.url);
  /** Its cache has seen all that was changed before: it takes up a Rollout that is made now. */
  const caughtUp = async (): Promise<void> => {
    const name = freshName();
    const selector = { matchLabels: { app: name } };
    await plane.kube.create(ROLLOUTS, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name, ...marks },
      spec: { replicas: 0, selector, template: podTemplate(name, 'v1'), strategy: { canary: {} } },
    });
    await eventually(() => Promise.resolve(ear.isAsked(`/rollouts/${name}`)));
  };
  await caughtUp();
  return {
    marks,
    async lose(shop, act, stands) {
      const seen = `"observedGeneration":"${(await shop.read()).metadata.generation + 1}"`;
      const kept = ear.keepBack(`${ROLLOUTS}/${shop.rollout}/status`, seen);
      // All that it does about this is to say that it has seen it, so that nothing else brings the word back.
      await shop.change({ progressDeadlineSeconds: 599 });
      await eventually(() => Promise.resolve(kept.isAnswered()));
      const acting = act();
      await eventually(stands);
      await caughtUp();
      kept.letGo();
      return acting;
    },
    close: ear.close,
  };
}
