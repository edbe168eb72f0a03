import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RollbackClient } from '../../src/client';
import { openTemporalDoor } from '../../src/cli/temporal-door';
import { rollbackId, serviceId } from '../../src/domain/rollback/request';
import { Deployments, replayThrough } from '../../src/temporal';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { HistoryAndWorkflowId } from '@temporalio/common';
import { CURRENT_RULES } from '../../src/domain/rollback/rules';
import { rulesOf } from '../replay/history-pairs';
import type { Build, OpenRun } from '../../src/temporal';
import { say } from '../cli/support/fake-cli';
import type { Said } from '../cli/support/fake-cli';
import { past, Theatre } from './support/play';
import type { Crew, Play } from './support/play';
import { until } from './support/until';

const BUNDLE = join(__dirname, '..', '..', 'dist', 'workflow-bundle.versioned.js');
const DEPLOYMENT = 'phased-rollback';
const A = { deployment: DEPLOYMENT, buildId: 'a' };
const B = { deployment: DEPLOYMENT, buildId: 'b' };
const ASKS = { request: { mode: 'ask' as const } };

describe('an upgrade while rollbacks are under way', () => {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-builds-'));
  /** Takes the same steps, and shows in its result that it took them. */
  const sameSteps = patched('same-steps', 'reportLocation: run.state.reportLocation }', {
    by: "reportLocation: run.state.reportLocation, madeBy: 'b' }",
  });
  const otherSteps = patched('other-steps', "return { kind: 'assess' };", { by: "return { kind: 'report' };" });
  const otherService = patched('other-service', 'async function service(input) {', {
    by: 'async function service(input) { await (0, workflow_1.sleep)(1);',
  });
  const newRules = patched('new-rules', "{ number: 1, what: 'the first rules',", {
    by: `{ number: ${CURRENT_RULES + 1} }, { number: 1, what: 'the first rules',`,
  });
  let theatre: Theatre;
  let client: RollbackClient;
  let deployments: Deployments;
  let crewA: Crew;

  beforeEach(async () => {
    theatre = await Theatre.open('upgrade');
    await theatre.dismiss();
    client = new RollbackClient({ client: theatre.client, signalMs: 60_000, readBackMs: 60_000 });
    deployments = new Deployments(theatre.client);
    crewA = await hired(A, BUNDLE);
    expect(await upgrade('--to', 'a', '--bundle', BUNDLE)).toMatchObject({ exit: 0, err: '' });
  });
  afterEach(async () => theatre.close());
  afterAll(() => rmSync(dir, { recursive: true }));

  /** Workers of a build, once Temporal has seen and knows them: the command waits for that for some seconds only. */
  async function hired(build: Build, workflowBundlePath: string): Promise<Crew> {
    const crew = await theatre.hire({ build, workflowBundlePath });
    await until(`workers of ${build.buildId} are seen`, async () => {
      const known = (await deployments.builds(DEPLOYMENT)).some(({ buildId }) => buildId === build.buildId);
      return (known && (await deployments.unpolled(build)).length === 0) || undefined;
    });
    return crew;
  }

  /** What is moved or replayed together is what is listed, and that lags behind what runs. */
  async function listed(workflowId: string): Promise<void> {
    const isListed = async () => (await deployments.openRuns()).some((run) => run.workflowId === workflowId);
    await until(`${workflowId} is listed`, async () => (await isListed()) || undefined);
  }

  /** The product's own build, changed in one place. */
  function patched(name: string, place: string, { by }: { readonly by: string }): string {
    const whole = readFileSync(BUNDLE, 'utf8');
    expect(whole.split(place)).toHaveLength(2);
    const path = join(dir, `${name}.js`);
    writeFileSync(path, whole.replace(place, by));
    return path;
  }

  /** One `phased-rollback upgrade` against the real server. */
  async function upgrade(...args: readonly string[]): Promise<Said> {
    const { namespace } = theatre;
    return say(['upgrade', ...args], {
      door: await openTemporalDoor({ address: process.env.TEST_TEMPORAL_ADDRESS!, namespace }),
    });
  }

  const said = (kind: string) => ({ id: `${kind}-${Date.now()}`, by: 'ada', at: Date.now(), reason: 'because' });
  const nameOf = ({ request }: Play) => `prod/${request.service}/${request.number}`;

  async function bindingOf(workflowId: string): Promise<OpenRun> {
    const run = await deployments.openRun(workflowId);
    if (!run) throw new Error(`${workflowId} does not run`);
    return run;
  }

  /** The same once a worker has taken its first step: before that a run is on no build. */
  async function boundTo(workflowId: string): Promise<OpenRun> {
    return until(`${workflowId} is on a build`, async () => {
      const run = await bindingOf(workflowId);
      return run.build && run;
    });
  }

  /** Every build that took a step of it, in the order in which they came. */
  async function buildsOf(play: Play): Promise<readonly string[]> {
    const { events } = await play.handle.fetchHistory();
    const builds = (events ?? []).flatMap((event) => event.workflowTaskCompletedEventAttributes ?? []);
    return [...new Set(builds.map((task) => task.deploymentVersion?.buildId ?? 'none'))];
  }

  it('ends what began on the old build there, starts what is new on the new one, and moves what is told to', async () => {
    // It continues as new on its way, and what continues it stays too.
    const stays = await theatre.play({ ...ASKS, continueAfterMoves: 5 });
    const moves = await theatre.play(ASKS);
    await Promise.all([stays.untilWaiting('GATE'), moves.untilWaiting('GATE')]);
    const { service } = theatre.furnish();
    const of = { environment: 'prod', service };
    await client.tellService(of, { ...said('release'), kind: 'release', releases: past(Date.now()) });
    expect(await bindingOf(serviceId(of))).toMatchObject({ how: 'follows', build: A });

    await hired(B, sameSteps);
    await listed(serviceId(of));
    expect(await upgrade('--to', 'b', '--bundle', sameSteps)).toMatchObject({ exit: 0, err: '' });

    await client.tellService(of, { ...said('start'), kind: 'start' });
    const child = await until('its rollback', () => client.latest(of));
    expect(await boundTo(rollbackId(child))).toMatchObject({ how: 'pinned', build: B });
    expect(await bindingOf(serviceId(of))).toMatchObject({ how: 'follows', build: B });

    await stays.answer('GATE', 'approve');
    expect(await stays.result()).not.toHaveProperty('madeBy');
    expect(await buildsOf(stays)).toEqual(['a']);

    expect(await upgrade(nameOf(moves), '--to', 'b', '--bundle', sameSteps)).toMatchObject({ exit: 0, err: '' });
    await crewA.dismiss();
    await moves.answer('GATE', 'approve');
    expect(await moves.result()).toMatchObject({ end: { kind: 'succeeded' }, madeBy: 'b' });
    expect(await buildsOf(moves)).toEqual(['a', 'b']);
  });

  it('takes over what runs on workers that are not versioned', async () => {
    await theatre.client.workflowService.setWorkerDeploymentCurrentVersion({
      namespace: theatre.namespace,
      deploymentName: DEPLOYMENT,
      buildId: '',
    });
    const plain = await theatre.hire();
    const play = await theatre.play(ASKS);
    await play.untilWaiting('GATE');
    expect(await bindingOf(rollbackId(play.request))).not.toHaveProperty('build');

    expect(await upgrade('--to', 'a', '--bundle', BUNDLE)).toMatchObject({ exit: 0, err: '' });
    await plain.dismiss();
    await play.answer('GATE', 'approve');
    expect(await play.result()).toMatchObject({ end: { kind: 'succeeded' } });
    expect(await buildsOf(play)).toEqual(['none', 'a']);
  });

  it('lets what began under old rules go on under them on a build with new ones, and what begins there under those', async () => {
    const old = await theatre.play({ ...ASKS, continueAfterMoves: 5 });
    await old.untilWaiting('GATE');
    await hired(B, newRules);
    for (const moved of [[], [nameOf(old)]])
      expect(await upgrade(...moved, '--to', 'b', '--bundle', newRules)).toMatchObject({ exit: 0, err: '' });
    await crewA.dismiss();
    const young = await theatre.play({ ...ASKS, continueAfterMoves: 5 });
    await young.untilWaiting('GATE');
    const begun = historyToJSON(await young.handle.fetchHistory());
    expect(rulesOf(JSON.parse(begun))).toBe(CURRENT_RULES + 1);

    for (const [play, rules] of [
      [old, CURRENT_RULES],
      [young, CURRENT_RULES + 1],
    ] as const) {
      await play.answer('GATE', 'approve');
      expect(await play.result()).toMatchObject({ end: { kind: 'succeeded' } });
      expect(await play.state()).toMatchObject({ rules });
    }
    // A worker of the old build leaves what it does not know to others.
    const problems = await replayThrough(BUNDLE, one(young, begun));
    expect(problems).toMatchObject([{ detail: expect.stringMatching(/rules-\d+|nondeterminism/i) }]);
  });

  it('leaves a rollback where it is when the new build would have taken other steps', async () => {
    const play = await theatre.play(ASKS);
    await play.untilWaiting('GATE');
    await hired(B, otherSteps);

    const answer = await upgrade(nameOf(play), '--to', 'b', '--bundle', otherSteps, '--output', 'json');

    expect(answer.exit).toBe(1);
    expect(JSON.parse(answer.out)).toMatchObject({
      about: nameOf(play),
      result: 'refused',
      code: 'DOES_NOT_REPLAY',
      text: expect.stringMatching(/stays on build a: .*nondeterminism/is),
    });
    expect(await bindingOf(rollbackId(play.request))).toMatchObject({ how: 'pinned', build: A });
    await play.answer('GATE', 'approve');
    expect(await play.result()).toMatchObject({ end: { kind: 'succeeded' } });
    expect(await buildsOf(play)).toEqual(['a']);
  });

  it('makes no build current on which a service would stand still', async () => {
    const { service } = theatre.furnish();
    const of = { environment: 'prod', service };
    await client.tellService(of, { ...said('mode'), kind: 'mode', mode: 'ask' });
    await hired(B, otherService);
    await listed(serviceId(of));

    const answer = await upgrade('--to', 'b', '--bundle', otherService);

    expect(answer).toMatchObject({ exit: 1, err: expect.stringContaining(`\n  ${serviceId(of)}: `) });
    expect(await deployments.builds(DEPLOYMENT)).toContainEqual({ buildId: 'a', state: 'current' });
  });

  it('neither makes current nor moves to a build of which no worker is seen', async () => {
    const play = await theatre.play(ASKS);
    await play.untilWaiting('GATE');
    const refused = expect.objectContaining({
      exit: 1,
      err: expect.stringMatching(/NO_WORKER.*worker --deployment phased-rollback --build-id ghost/s),
    });
    const to = ['--to', 'ghost', '--bundle', BUNDLE];
    expect(await Promise.all([upgrade(...to), upgrade(nameOf(play), ...to)])).toEqual([refused, refused]);
  });

  it('shows what runs on which build, and says of a run without workers of its build that it is stuck', async () => {
    const [here, lost] = [await theatre.play(ASKS), await theatre.play(ASKS)];
    await Promise.all([here.untilWaiting('GATE'), lost.untilWaiting('GATE')]);
    await deployments.pin(await bindingOf(rollbackId(lost.request)), { deployment: DEPLOYMENT, buildId: 'gone' });
    await listed(rollbackId(here.request));

    const seen = await upgrade('--output', 'json');
    expect(JSON.parse(seen.out)).toMatchObject({
      deployment: DEPLOYMENT,
      builds: expect.arrayContaining([{ buildId: 'a', state: 'current', hasWorkers: true, runs: 1 }]),
      runs: expect.arrayContaining([
        expect.objectContaining({ workflowId: rollbackId(here.request), how: 'pinned', build: A }),
      ]),
    });

    await crewA.dismiss();
    expect(await client.status(lost.request)).toMatchObject({
      kind: 'described',
      described: { condition: 'stuck', detail: expect.stringMatching(/on build gone .* no worker of that build/) },
    });
  });
});

async function* one(play: Play, history: string): AsyncGenerator<HistoryAndWorkflowId> {
  yield { workflowId: rollbackId(play.request), history: JSON.parse(history) as unknown };
}
