import { createControlHandler } from './control-server';
import { listen } from './http';
import { InstancePool } from './instance-pool';
import { beChild, tellParent } from './process-shell';
import { ProxyStore } from './proxy-store';
import { RequestMetrics } from './request-metrics';
import { TargetContract, instancesFor } from './target-contract';
import { FaultBoard } from './target-faults';
import { createTrafficHandler } from './traffic-server';
import type { ProxyConfig } from './types';

const config = beChild<ProxyConfig>();

async function main(): Promise<void> {
  const { target, fullInstances, startupMs, backendUrl, secret } = config;
  const old = config.old.revision;
  const bad = config.bad.revision;
  const initial = { weight: 0, salt: '', wanted: { [bad]: 100 }, fences: {}, keys: {}, effects: 0 };
  const store = new ProxyStore(config.statePath, config.journalPath, initial);
  const pool = new InstancePool([config.old, config.bad], startupMs, backendUrl);
  const metrics = new RequestMetrics(target, [bad, old], Date.now());
  let controlPort = 0;
  const statusUrl = (key: string): string =>
    `http://127.0.0.1:${controlPort}/target/status?key=${encodeURIComponent(key)}`;
  const parts = { target, old, bad, fullInstances, store, capacity: pool, statusUrl, now: Date.now };
  const contract = new TargetContract(parts);
  // What ran before a restart is taken to be running: only scaling up takes its time.
  const wanted = Object.entries(store.state.wanted);
  await Promise.all(wanted.map(([revision, share]) => pool.grow(revision, instancesFor(share, fullInstances), 0)));
  const traffic = createTrafficHandler({ old, bad, pool, metrics, split: () => store.state });
  const trafficPort = await listen(traffic, config.ports?.traffic);
  const faults = new FaultBoard();
  const control = createControlHandler({ target, secret, contract, store, pool, metrics, faults });
  controlPort = await listen(control, config.ports?.control);
  tellParent({ traffic: trafficPort, control: controlPort });
}

void main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
