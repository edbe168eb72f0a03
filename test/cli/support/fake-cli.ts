import { Readable, Writable } from 'node:stream';
import type { EnvironmentCommand, RollbackCommand, ServiceCommand } from '../../../src/contracts/messages';
import type { Preview, PreviewWishes } from '../../../src/contracts/preview';
import type { Cli } from '../../../src/cli/cli';
import { openEnvironment } from '../../../src/domain/environment/state';
import { environmentView } from '../../../src/domain/environment/view';
import type { EnvironmentView } from '../../../src/domain/environment/view';
import type { Answer, DeploymentsDoor, Door, PausedAll, ServiceName, StatusSnapshot } from '../../../src/cli/door';
import type { ExitCode } from '../../../src/cli/exit-codes';
import { run } from '../../../src/cli/program';
import type { RollbackRef } from '../../../src/domain/rollback/request';
import type { Build, KnownBuild, OpenRun } from '../../../src/temporal';
import { movingView, NOW } from '../../domain/report/support/views';

/** Builds and open runs that a test decides; remembers what was moved. */
export class FakeDeployments implements DeploymentsDoor {
  known: readonly KnownBuild[] = [];
  open: readonly OpenRun[] = [];
  withoutWorker: readonly string[] = [];
  readonly done: string[] = [];

  builds = async () => this.known;
  unpolled = async ({ buildId }: Build) => (this.withoutWorker.includes(buildId) ? ['phased-rollback'] : []);
  stillUnpolled = async (build: Build) => this.unpolled(build);
  openRuns = async () => this.open;
  openRun = async (workflowId: string) => this.open.find((run) => run.workflowId === workflowId);
  history: DeploymentsDoor['history'] = async () => Promise.reject(new Error('not asked for in this test'));
  makeCurrent = async ({ buildId }: Build) => void this.done.push(`current ${buildId}`);
  pin = async ({ workflowId }: OpenRun, { buildId }: Build) => void this.done.push(`${workflowId} on ${buildId}`);
}

/** A system whose answers a test decides, and that remembers what it was told. */
export class FakeDoor implements Door {
  readonly told: { readonly to: string; readonly command: RollbackCommand | ServiceCommand | EnvironmentCommand }[] =
    [];
  answer: Answer = { kind: 'applied', text: 'done' };
  last: RollbackRef | undefined = { environment: 'prod', service: 'checkout', number: 7 };
  /** Shown one after the other; the last one stays. */
  snapshots: readonly StatusSnapshot[] = [{ kind: 'live', view: movingView() }];
  gateAnswer: Awaited<ReturnType<Door['gate']>> = { allowed: true };
  listed: Awaited<ReturnType<Door['list']>> = [];
  closed = 0;
  private looks = 0;

  latest = async () => this.last;
  status = async () => this.snapshots[Math.min(this.looks++, this.snapshots.length - 1)]!;
  state: Door['state'] = async () => Promise.reject(new Error('not asked for in this test'));
  list: Door['list'] = async ({ live }) => this.listed.filter(({ endedAt }) => !live || endedAt === undefined);
  serviceSeen: Awaited<ReturnType<Door['serviceView']>> = undefined;
  serviceView = async () => this.serviceSeen;
  previewed: Preview = { kind: 'none', code: 'NO_RELEASE_KNOWN', detail: 'no release is known that serves now' };
  readonly wishes: PreviewWishes[] = [];
  preview = async (_service: ServiceName, wishes: PreviewWishes) => {
    this.wishes.push(wishes);
    return this.previewed;
  };
  gate = async () => this.gateAnswer;
  tellRollback = async (ref: RollbackRef, command: RollbackCommand) => {
    this.told.push({ to: `${ref.environment}/${ref.service}/${ref.number}`, command });
    return this.answer;
  };
  tellService: Door['tellService'] = async (name, command) => {
    this.told.push({ to: `${name.environment}/${name.service}`, command });
    return this.answer;
  };
  deployments: Door['deployments'] = new FakeDeployments();
  environmentSeen: EnvironmentView | undefined = environmentView(openEnvironment('prod'), NOW);
  environment = async () => this.environmentSeen;
  tellEnvironment: Door['tellEnvironment'] = async (name, command) => {
    this.told.push({ to: name, command });
    return this.answer;
  };
  pausedAll: PausedAll = { rollbacks: [] };
  pauseAll: Door['pauseAll'] = async (name, command) => {
    this.told.push({ to: name, command });
    return this.pausedAll;
  };
  close = async () => {
    this.closed += 1;
  };
}

/** What one command line printed, and how it ended. */
export interface Said {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
  readonly sleeps: number;
}

/** Runs one command line as a process would, at the edge of a fake system. */
export async function say(
  args: readonly string[],
  options: {
    readonly door?: Door;
    readonly terminal?: boolean;
    readonly env?: NodeJS.ProcessEnv;
    readonly fails?: Error;
    /** What a person types at the questions, a line each. */
    readonly types?: readonly string[];
  } = {},
): Promise<Said> {
  const [out, err] = [sink(options.terminal === true), sink(options.terminal === true)];
  let sleeps = 0;
  const cli: Cli = {
    in: Object.assign(Readable.from((options.types ?? []).map((line) => `${line}\n`)), {
      isTTY: options.types !== undefined,
    }),
    out,
    err,
    env: options.env ?? { USER: 'ada', PHASED_ROLLBACK_CONFIG: '/nonexistent/policy.yaml' },
    exit: 0,
    version: '9.9.9',
    now: () => NOW,
    newId: () => 'id-1',
    sleep: async () => {
      sleeps += 1;
    },
    openDoor: async () => {
      if (options.fails) throw options.fails;
      return options.door ?? new FakeDoor();
    },
  };
  const exit = await run(cli, args);
  return { exit, out: out.text(), err: err.text(), sleeps };
}

function sink(isTTY: boolean) {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  return Object.assign(stream, { isTTY, columns: isTTY ? 100 : undefined, text: () => chunks.join('') });
}
