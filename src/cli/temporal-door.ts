import { RollbackClient, StatusMemory } from '../client';
import { Deployments, connect } from '../temporal';
import type { ConnectionOptions } from './cli';
import type { Door } from './door';

/** Opens the real door. Throws what `connect` throws: one clear message each. */
export async function openTemporalDoor({ address, namespace }: ConnectionOptions): Promise<Door> {
  const temporal = await connect({ address, namespace });
  const client = new RollbackClient({ client: temporal.client });
  const memory = new StatusMemory({ client, now: () => Date.now() });
  return {
    latest: (service) => client.latest(service),
    status: (ref) => memory.status(ref),
    state: (ref) => client.state(ref),
    list: (filter) => client.list(filter),
    tellRollback: (ref, command) => client.tellRollback(ref, command),
    tellService: (service, command) => client.tellService(service, command),
    gate: (service, revision) => client.gate(service, revision),
    preview: (service, wishes) => client.preview(service, wishes),
    serviceView: (service) => client.serviceView(service),
    deployments: new Deployments(temporal.client),
    environment: (name) => client.environment(name),
    tellEnvironment: (name, command) => client.tellEnvironment(name, command),
    pauseAll: (name, command) => client.pauseAll(name, command),
    close: () => temporal.close(),
  };
}
