import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createAdapters } from '../../../src/adapters';
import type { DeploymentTarget } from '../../../src/ports';
import { testDependencies } from '../../adapters/support/dependencies';
import { startHttpRelay } from './http-relay';
import type { HttpRelay } from './http-relay';
import { TOKEN } from './launchdarkly';

const PROGRAM = join(__dirname, '..', '..', '..', 'examples', 'recipes', 'launchdarkly', 'target.js');
const REFERENCE = '${env:LAUNCHDARKLY_ACCESS_TOKEN}';

/** The recipe's program as a target, with a relay between it and the API. */
export interface FlagTarget {
  readonly relay: HttpRelay;
  readonly target: DeploymentTarget;
}

/** Starts it before that API; `onCall` sees each request before the API does. */
export async function flagTarget(
  api: string,
  onCall: (request: IncomingMessage, body: string) => void = () => undefined,
): Promise<FlagTarget> {
  let last = '';
  const relay = await startHttpRelay(api, (request, body) => {
    onCall(request, body);
    if (request.method !== 'PATCH') return false;
    const before = last;
    last = /"path":"[^"]*fallthrough","value":(.*?\]\})/.exec(body)?.[1] ?? '';
    return last !== before;
  });
  const place = ['--project', 'shop', '--flag', 'checkout', '--environment', 'production', '--api', relay.url];
  const adapter = {
    type: 'exec',
    command: [process.execPath, PROGRAM, ...place],
    secrets: { LAUNCHDARKLY_ACCESS_TOKEN: REFERENCE },
    sticky: true,
    fenced: true,
    killAfterMs: 200,
  };
  const target = createAdapters(testDependencies({ [REFERENCE]: TOKEN })).target({ name: 'eu', labels: {}, adapter });
  return { relay, target };
}
