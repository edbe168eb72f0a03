import { objectionText } from '../../domain/plan/objection';
import type { TargetScript } from '../../domain/plan/script';
import { RetryableError, TerminalError } from '../../ports';
import type { RevisionPair, ScriptQuestion } from '../../ports';
import { addressesOf, endpointOf } from './haproxy-config';
import type { HaproxyConfig } from './haproxy-config';
import { absent, mixedSlot } from './haproxy-effects';
import { serversOf } from './haproxy-reading';
import type { Part } from './haproxy-reading';
import { allWeightsFor } from './haproxy-weights';
import { shellWord } from './shell';

/** Fields of `show stat`: the server, its state and its weight. */
const SHOWN = '2,18,19';

/** The weights of every server as commands for each HAProxy. */
export function scriptOf(
  name: string,
  config: HaproxyConfig,
  parts: readonly Part[],
  { revision, weights }: ScriptQuestion,
): TargetScript {
  const addresses = addressesOf(config);
  return {
    needs: ['socat'],
    begin: [],
    steps: weights.map((weight) => ({
      weight,
      lines: parts.map((part, index) =>
        tell(addresses[index] ?? '', commandsFor(name, config, part, revision, weight)),
      ),
    })),
    show: addresses.map(
      (address) => `${tell(address, ['show stat'])} | grep ${shellWord(`^${config.backend},`)} | cut -d, -f${SHOWN}`,
    ),
  };
}

function commandsFor(
  name: string,
  config: HaproxyConfig,
  part: Part,
  revision: RevisionPair,
  weight: number,
): readonly string[] {
  const [to, from] = [serversOf(part, revision.to), serversOf(part, revision.from)];
  const missing = to.length === 0 ? revision.to : from.length === 0 ? revision.from : undefined;
  const problem = missing === undefined ? mixedSlot(part, revision) : absent(config, part, missing);
  if (problem !== undefined) throw new TerminalError('TARGET_MISCONFIGURED', `${name}: ${objectionText(problem)}`);
  const letIn = weight > 0 ? to.filter(({ isOut }) => isOut) : [];
  return [
    ...letIn.map((server) => `set server ${config.backend}/${server.name} weight 0`),
    ...letIn.map((server) => `set server ${config.backend}/${server.name} state ready`),
    ...allWeightsFor(to, from, weight).map(
      (change) => `set server ${config.backend}/${change.server} weight ${change.weight}`,
    ),
  ];
}

function tell(address: string, commands: readonly string[]): string {
  const endpoint = endpointOf(address);
  if (!endpoint) throw new RetryableError('TARGET_UNREACHABLE', `${address} is no address`);
  const at = 'path' in endpoint ? `UNIX-CONNECT:${endpoint.path}` : `TCP:${endpoint.host}:${endpoint.port}`;
  return `printf '%s\\n' ${shellWord(commands.join('; '))} | socat -t 5 - ${shellWord(at)}`;
}
