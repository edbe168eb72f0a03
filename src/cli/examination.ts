import type { LoadedConfig } from '../config';
import type { TargetPolicy } from '../domain/policy/policy';
import { plain, shareText } from '../domain/report';
import { TerminalError } from '../ports';
import { lazy } from './lazy';

/** One thing that `doctor` looked at. `note`: worth knowing, nothing stops. */
export interface Finding {
  readonly state: 'ok' | 'note' | 'bad';
  readonly what: string;
  readonly seen: string;
  readonly fix?: string;
}

/** What is examined. */
export interface Examined {
  readonly configFile: string;
  readonly address?: string;
  readonly namespace?: string;
  readonly env: NodeJS.ProcessEnv;
  now(): number;
}

const LOOK_MS = 5_000;

/** Looks at everything that a running system needs; changes nothing, and no look takes longer than some seconds. */
export async function examine(examined: Examined): Promise<readonly Finding[]> {
  const { loadConfigFile } = lazy.config();
  const temporal = await examineTemporal(examined);
  try {
    const loaded = await loadConfigFile(examined.configFile);
    return [
      ...temporal,
      ...configFindings(loaded),
      await examineGateway(loaded.gateway),
      ...(await examineTargets(loaded, examined)),
    ];
  } catch (error) {
    return [...temporal, { state: 'bad', what: 'policy file', seen: textOf(error), fix: 'phased-rollback init' }];
  }
}

async function examineTemporal(examined: Examined): Promise<readonly Finding[]> {
  const { temporalFacts } = lazy.temporal();
  const facts = await temporalFacts(examined.env);
  const { binary, configured } = facts;
  const embedded: Finding = binary
    ? {
        state: 'ok',
        what: 'temporal binary',
        seen: `${binary.path} (${binary.source}, server ${binary.serverVersion})`,
      }
    : {
        state: 'note',
        what: 'temporal binary',
        seen: 'none yet',
        fix: facts.advice.join(' ') || 'none needed: a cluster is configured',
      };
  const passed = facts.passedOver.map((other): Finding => ({
    state: 'note',
    what: 'passed over',
    seen: `${other.what}: ${other.why}`,
  }));
  if (facts.settingsProblem) {
    return [
      { state: 'bad', what: 'temporal settings', seen: facts.settingsProblem, fix: 'mend the TEMPORAL_ variables' },
      embedded,
    ];
  }
  const reached = await reachTemporal(examined, configured !== undefined || examined.address !== undefined);
  return [embedded, ...passed, ...reached];
}

async function reachTemporal(examined: Examined, named: boolean): Promise<readonly Finding[]> {
  const { connect, verifySetUp } = lazy.temporal();
  try {
    const temporal = await connect({ address: examined.address, namespace: examined.namespace, env: examined.env });
    try {
      const server: Finding = {
        state: 'ok',
        what: 'temporal server',
        seen: `${temporal.address}, version ${temporal.serverVersion}`,
      };
      return [server, await setUpFinding(() => verifySetUp(temporal), temporal.namespace)];
    } finally {
      await temporal.close();
    }
  } catch (error) {
    const fix = named
      ? 'start it, or name another with --address or TEMPORAL_ADDRESS'
      : 'phased-rollback dev starts one';
    return [{ state: 'bad', what: 'temporal server', seen: textOf(error), fix }];
  }
}

async function setUpFinding(verify: () => Promise<void>, namespace: string): Promise<Finding> {
  try {
    await verify();
    return { state: 'ok', what: 'namespace', seen: `${namespace} is there with its search attributes` };
  } catch (error) {
    return {
      state: 'bad',
      what: 'namespace',
      seen: textOf(error),
      fix: `phased-rollback setup --namespace ${namespace}`,
    };
  }
}

function configFindings(loaded: LoadedConfig): readonly Finding[] {
  const { file } = loaded;
  const whole = loaded.problems.map((problem): Finding => ({
    state: 'bad',
    what: 'policy file',
    seen: `${file}:${problem.line}: ${problem.path} ${problem.message}`,
    fix: 'mend it, then phased-rollback config validate',
  }));
  const broken = loaded.invalid.map((service): Finding => ({
    state: 'bad',
    what: `service ${plain(service.name)}`,
    seen: `out of service: ${service.problems.map((problem) => `line ${problem.line}: ${problem.path} ${problem.message}`).join('; ')}`,
    fix: 'mend its stanza, then phased-rollback config validate',
  }));
  const good = loaded.services.map((policy): Finding => ({
    state: 'ok',
    what: `${policy.environment}/${policy.service}`,
    seen: `mode ${policy.mode}, pace ${policy.pace}, targets ${policy.targets.map((target) => target.name).join(', ')}, policy ${policy.hash}`,
  }));
  return [...whole, ...broken, ...good];
}

async function examineGateway(gateway: LoadedConfig['gateway']): Promise<Finding> {
  const url = `http://${gateway.host === '0.0.0.0' ? '127.0.0.1' : gateway.host}:${gateway.port}`;
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(LOOK_MS) });
    await response.body?.cancel();
    if (response.ok) return { state: 'ok', what: 'gateway', seen: `${url} is ready` };
    return { state: 'note', what: 'gateway', seen: `${url} answers ${response.status}`, fix: 'look into its log' };
  } catch {
    // Only alerts and the page need it, and this machine may not be its home.
    return { state: 'note', what: 'gateway', seen: `nobody answers at ${url}`, fix: 'phased-rollback gateway' };
  }
}

async function examineTargets(loaded: LoadedConfig, examined: Examined): Promise<readonly Finding[]> {
  const { createAdapters, resolveSecret } = lazy.adapters();
  const adapters = createAdapters({ resolveSecret, log: { info: () => undefined }, now: () => examined.now() });
  const look = async (service: string, target: TargetPolicy): Promise<Finding> => {
    const what = `target ${target.name}`;
    try {
      const reading = await adapters.target(target).observe(AbortSignal.timeout(LOOK_MS));
      const shares = reading.revisions.map(
        (entry) =>
          `${plain(entry.revision)} ${plain(shareText(entry.weight, reading.units))} (ready for ${shareText(entry.readyCapacity)})`,
      );
      return { state: 'ok', what, seen: `${service}: ${shares.join(', ') || 'serves nothing'}` };
    } catch (error) {
      if (error instanceof TerminalError && error.code === 'SLOT_UNRECORDED')
        return {
          state: 'note',
          what,
          seen: `${service}: answers; which revision is in which slot is in the release record, which is not read here`,
          fix: `phased-rollback doctor ${service}`,
        };
      return {
        state: 'bad',
        what,
        seen: `${service}: ${textOf(error)}`,
        fix: `make ${target.name} answer from here, or mend its stanza`,
      };
    }
  };
  return Promise.all(
    loaded.services.flatMap((policy) =>
      policy.targets.map((target) => look(`${policy.environment}/${policy.service}`, target)),
    ),
  );
}

function textOf(error: unknown): string {
  return plain(error instanceof Error ? error.message : String(error));
}
