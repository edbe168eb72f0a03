import { createAdapters } from '../../../src/adapters';
import type { SlotRecord } from '../../../src/domain/service/slots';
import { describeDeploymentTarget } from '../../contract/deployment-target.contract';
import type { TargetMisbehaviour } from '../../contract/deployment-target.contract';
import { testDependencies } from '../support/dependencies';
import { startLab } from './support/haproxy-lab';
import type { LabSettings } from './support/haproxy-lab';
import type { RelayFault } from './support/relay';

const FAULTS: Partial<Record<TargetMisbehaviour, RelayFault>> = {
  hang: 'hang',
  unreadable: 'unreadable',
  oversized: 'oversized',
  unavailable: 'unavailable',
  unauthorized: 'unauthorized',
  gone: 'gone',
};

/** Nothing but the release record says what the slots hold. */
const RECORD: SlotRecord = {
  service: 'prod/checkout',
  entries: [
    { slot: 'green', revision: 'v41', since: 1 },
    { slot: 'blue', revision: 'v42', since: 2 },
  ],
};

const SLOTS = { blue: ['a1', 'a2'], green: ['b1', 'b2'] };

for (const { name, lab, settings } of [
  { name: 'haproxy on a UNIX socket', lab: {}, settings: { slots: SLOTS } },
  { name: 'haproxy on TCP, its servers probed', lab: { socket: 'tcp' }, settings: { probe: { path: '/version' } } },
  { name: 'two haproxys as one target', lab: { instances: 2 }, settings: { slots: SLOTS } },
  {
    name: 'haproxy whose slots the release record tells',
    lab: { recorded: {} },
    settings: { slots: SLOTS, revisions: 'record' },
  },
] satisfies { name: string; lab: LabSettings; settings: object }[]) {
  describeDeploymentTarget({
    name,
    async create() {
      const { first, instances, close } = await startLab(lab);
      const adapter = {
        type: 'haproxy',
        backend: 'checkout',
        address: instances.map(({ relay }) => relay.address),
        ...settings,
      };
      return {
        target: createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter }, RECORD),
        name: 'eu',
        secrets: [],
        async misbehave(how) {
          for (const { relay } of instances) await relay.misbehave(how && FAULTS[how]);
        },
        changes: () => Promise.resolve(first.relay.changes()),
        close,
      };
    },
    skip: [
      { reason: 'a weight counts from when it is set', tests: ['lagging'] },
      { reason: 'a socket sends nobody elsewhere', tests: ['redirect'] },
      { reason: 'HAProxy has no reasons of its own', tests: ['refuse'] },
      { reason: 'nothing secret is sent', tests: ['telltale'] },
      { reason: 'weights take any percent', tests: ['units'] },
    ],
  });
}
