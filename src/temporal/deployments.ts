import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client, HistoryAndWorkflowId } from '@temporalio/client';
import { bindingOf, buildFrom, unpolledQueues } from './builds';
import type { Binding, Build } from './builds';
import { codeOf } from './errors';
import { explainConnectionError } from './explain-connection-error';

/** What a build does in its deployment: takes what is new, finishes what it has, or neither. */
export type BuildState = 'current' | 'draining' | 'drained' | 'inactive';

/** A build that Temporal knows of. */
export interface KnownBuild {
  readonly buildId: string;
  readonly state: BuildState;
}

/** An open workflow of ours and the build it is on. */
export interface OpenRun extends Binding {
  readonly workflowId: string;
  readonly runId: string;
}

/** Temporal keeps deployments in workflows of its own: a busy server needs seconds for a change of one. */
const CALL_TIMEOUT_MS = 30_000;
const SEEN_WITHIN_MS = 5_000;
const CURRENT_WITHIN_MS = 60_000;
const AGAIN_AFTER_MS = 200;
const AT_ONCE = 20;
const OPEN_RUNS = "WorkflowType IN ('rollback', 'service', 'environment', 'preview') AND ExecutionStatus = 'Running'";
const GRPC = { deadlineExceeded: 4, notFound: 5, failedPrecondition: 9 } as const;
/** A poller is seen a moment before its build is known to the deployment; and saying it again changes nothing. */
const SAID_AGAIN: readonly unknown[] = Object.values(GRPC);
const STATES: Readonly<Record<number, BuildState>> = { 2: 'current', 4: 'draining', 5: 'drained' };
const PINNED_OVERRIDE = 1;

/** Worker Deployment Versioning as far as it is used here: which builds there are, what runs on them, and moving it. */
export class Deployments {
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  /** The builds of a deployment; none when no versioned worker ever came. */
  async builds(deploymentName: string): Promise<readonly KnownBuild[]> {
    const answer = await this.call((service, namespace) =>
      service.describeWorkerDeployment({ namespace, deploymentName }).catch((error: unknown) => {
        if (codeOf(error) === GRPC.notFound) return undefined;
        throw error;
      }),
    );
    return (answer?.workerDeploymentInfo?.versionSummaries ?? []).flatMap((summary) => {
      const build = buildFrom(summary.deploymentVersion);
      return build ? [{ buildId: build.buildId, state: STATES[Number(summary.status)] ?? 'inactive' }] : [];
    });
  }

  /** The task queues that no worker of the build polls: empty when it can take over. */
  async unpolled(build: Build): Promise<readonly string[]> {
    return this.explained(() => unpolledQueues(this.client, build));
  }

  /** The same, but waits some seconds for a worker that has just started: it is seen a moment after its first poll. */
  async stillUnpolled(build: Build): Promise<readonly string[]> {
    const deadline = Date.now() + SEEN_WITHIN_MS;
    for (;;) {
      const queues = await this.unpolled(build);
      if (queues.length === 0 || Date.now() > deadline) return queues;
      await delay(AGAIN_AFTER_MS);
    }
  }

  /** Every open workflow of ours, as visibility lists them, each with its build as Temporal itself knows it. */
  async openRuns(): Promise<readonly OpenRun[]> {
    return this.explained(async () => {
      const listed: { readonly workflowId: string }[] = [];
      for await (const run of this.client.workflow.list({ query: OPEN_RUNS })) listed.push(run);
      const runs: OpenRun[] = [];
      for (let from = 0; from < listed.length; from += AT_ONCE) {
        const some = listed.slice(from, from + AT_ONCE).map(({ workflowId }) => this.lookUp(workflowId));
        runs.push(...(await Promise.all(some)).flatMap((run) => (run ? [run] : [])));
      }
      return runs;
    });
  }

  /** The open run of that workflow id; undefined when there is none. */
  async openRun(workflowId: string): Promise<OpenRun | undefined> {
    return this.explained(() => this.lookUp(workflowId));
  }

  /** The history of a run so far. */
  async history({ workflowId, runId }: OpenRun): Promise<HistoryAndWorkflowId> {
    const handle = this.client.workflow.getHandle(workflowId, runId);
    return this.explained(async () => ({ workflowId, history: await handle.fetchHistory() }));
  }

  /** Everything new, and everything that follows, goes to this build from now on. */
  async makeCurrent({ deployment, buildId }: Build): Promise<void> {
    const deadline = Date.now() + CURRENT_WITHIN_MS;
    for (;;) {
      try {
        await this.client.withDeadline(Math.min(Date.now() + CALL_TIMEOUT_MS, deadline), () =>
          this.client.workflowService.setWorkerDeploymentCurrentVersion({
            namespace: this.client.options.namespace,
            deploymentName: deployment,
            buildId,
            identity: this.client.options.identity,
          }),
        );
        return;
      } catch (error) {
        if (!SAID_AGAIN.includes(codeOf(error)) || Date.now() + AGAIN_AFTER_MS > deadline) throw this.explain(error);
        await delay(AGAIN_AFTER_MS);
      }
    }
  }

  /** Binds one open run to a build: its next step, and every try of what it waits for, runs there. */
  async pin({ workflowId, runId }: OpenRun, { deployment, buildId }: Build): Promise<void> {
    const version = { deploymentName: deployment, buildId };
    await this.call((service, namespace) =>
      service.updateWorkflowExecutionOptions({
        namespace,
        workflowExecution: { workflowId, runId },
        workflowExecutionOptions: { versioningOverride: { pinned: { behavior: PINNED_OVERRIDE, version } } },
        updateMask: { paths: ['versioning_override'] },
        identity: this.client.options.identity,
      }),
    );
  }

  private async lookUp(workflowId: string): Promise<OpenRun | undefined> {
    try {
      const description = await this.client.workflow.getHandle(workflowId).describe();
      if (description.status.name !== 'RUNNING') return undefined;
      return { workflowId, runId: description.runId, ...bindingOf(description) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  private call<T>(use: (service: Client['workflowService'], namespace: string) => Promise<T>): Promise<T> {
    return this.explained(() =>
      this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        use(this.client.workflowService, this.client.options.namespace),
      ),
    );
  }

  private async explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.explain(error);
    }
  }

  private explain(error: unknown): Error {
    return explainConnectionError(error, { namespace: this.client.options.namespace });
  }
}
