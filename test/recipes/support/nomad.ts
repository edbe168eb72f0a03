import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../../src/temporal';
import { nomadProgram } from '../../tools/nomad';
import { ended } from '../../support/ended';

const READY_WITHIN_MS = 60_000;
const SECOND = 1_000_000_000;
const SETTINGS = `
acl { enabled = true }
plugin "raw_exec" { config { enabled = true } }
`;

/** What a version of a job is made of. */
export interface Version {
  readonly meta?: string;
  readonly image?: string;
  /** Instances; with none, nothing is started. */
  readonly count?: number;
  readonly command?: string;
  readonly update?: object;
  readonly type?: string;
}

/** What a test looks at of a job. */
export interface JobOfApi {
  readonly Version: number;
  readonly Meta: { readonly version: string };
}

/** The real Nomad: server and client in one, which runs tasks as processes. */
export class Nomad {
  url = '';
  manager = '';
  private readonly dir = mkdtempSync(join(tmpdir(), 'nomad-'));
  private agent: ChildProcess | undefined;

  async start(): Promise<void> {
    const program = await nomadProgram((line) => process.stderr.write(`${line}\n`));
    const settings = join(this.dir, 'agent.hcl');
    writeFileSync(settings, SETTINGS);
    // Its ports for datagrams cannot be told free beforehand, so it has them on an address of its own.
    const port = await freePort();
    const address = `127.1.${port >> 8}.${port & 255}`;
    this.url = `http://${address}:4646`;
    const log = openSync(join(this.dir, 'log'), 'a');
    const args = ['agent', '-dev', '-bind', address, '-config', settings, '-log-level', 'WARN'];
    this.agent = spawn(program, args, { stdio: ['ignore', log, log] });
    process.once('exit', () => this.agent?.kill('SIGINT'));
    this.manager = await this.untilReady();
  }

  /** A token that may do what the policy says. */
  async tokenFor(policy: string): Promise<string> {
    await this.put('/v1/acl/policy/recipe', { Name: 'recipe', Rules: readFileSync(policy, 'utf8') });
    return (await this.put<{ SecretID: string }>('/v1/acl/token', { Type: 'client', Policies: ['recipe'] })).SecretID;
  }

  /** Deploys a version of a job, as `nomad job run` does. */
  async run(id: string, version: Version): Promise<void> {
    await this.put('/v1/jobs', { Job: jobOf(id, version) });
  }

  /** Deploys a version and waits until its instances are healthy. */
  async deploy(id: string, version: Version): Promise<void> {
    await this.run(id, version);
    const { Version: number } = await this.job(id);
    for (const deadline = Date.now() + READY_WITHIN_MS; ; await pause(100)) {
      const found = (await this.deployments(id)).find(({ JobVersion }) => JobVersion === number);
      if (found?.Status === 'successful' || version.count === 0) return;
      if (Date.now() > deadline) throw new Error(`version ${number} of ${id} is ${found?.Status ?? 'not deployed'}`);
    }
  }

  job(id: string): Promise<JobOfApi> {
    return this.get(`/v1/job/${id}`);
  }

  deployments(id: string): Promise<readonly { ID: string; JobVersion: number; Status: string }[]> {
    return this.get(`/v1/job/${id}/deployments`);
  }

  /** The revisions that its instances run, one for each. */
  async runs(id: string): Promise<readonly string[]> {
    const all = await this.get<readonly { ID: string; ClientStatus: string }[]>(`/v1/job/${id}/allocations`);
    const running = all.filter(({ ClientStatus }) => ClientStatus === 'running');
    const jobs = running.map(({ ID }) => this.get<{ Job: JobOfApi }>(`/v1/allocation/${ID}`));
    return (await Promise.all(jobs)).map(({ Job }) => Job.Meta.version).toSorted();
  }

  get<T>(path: string): Promise<T> {
    return this.ask('GET', path);
  }

  async remove(id: string): Promise<void> {
    await this.ask('DELETE', `/v1/job/${id}`);
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.ask('PUT', path, body);
  }

  /** Ends it, and with it all tasks. */
  async stop(): Promise<void> {
    await ended(this.agent, 'SIGINT');
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { 'x-nomad-token': this.manager };
    const response = await fetch(`${this.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text || 'null') as T;
  }

  /** The token of whoever comes first, who may do everything; there is none before it has a leader. */
  private async untilReady(): Promise<string> {
    for (const deadline = Date.now() + READY_WITHIN_MS; ; await pause(50)) {
      const reply = await fetch(`${this.url}/v1/acl/bootstrap`, { method: 'PUT' }).catch(() => undefined);
      if (reply?.ok) return ((await reply.json()) as { SecretID: string }).SecretID;
      if (Date.now() > deadline || this.agent?.exitCode !== null)
        throw new Error(`Nomad does not begin: ${readFileSync(join(this.dir, 'log'), 'utf8').slice(-1_000)}`);
    }
  }
}

/** As Nomad's own command would make it of a file. */
function jobOf(id: string, version: Version): object {
  const { meta, image, count = 0, command = 'exec sleep 3600', update = {}, type = 'service' } = version;
  const task =
    image === undefined
      ? { Driver: 'raw_exec', Config: { command: '/bin/sh', args: ['-c', command] } }
      : { Driver: 'docker', Config: { image } };
  const Update = {
    MaxParallel: 2,
    HealthCheck: 'task_states',
    MinHealthyTime: SECOND / 10,
    HealthyDeadline: 20 * SECOND,
    ProgressDeadline: 30 * SECOND,
    ...update,
  };
  return {
    ID: id,
    Name: id,
    Type: type,
    Datacenters: ['*'],
    Meta: meta === undefined ? undefined : { version: meta },
    ...(type === 'service' ? { Update } : {}),
    TaskGroups: [
      {
        Name: 'web',
        Count: count,
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        RestartPolicy: { Attempts: 0, Mode: 'fail' },
        Tasks: [{ Name: 'app', ...task, KillTimeout: SECOND, Resources: { CPU: 10, MemoryMB: 10 } }],
      },
    ],
  };
}
