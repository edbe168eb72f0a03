import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RollbackRef } from '../domain/rollback/request';
import type { RunState } from '../domain/rollback/state';
import type { StatusView } from '../domain/rollback/status-view';
import { SCENARIO_FLEETS } from './fleet/scenario-fleets';
import { judgeOutcome, usersText } from './outcome';
import type { Audience } from './people';
import { SCENARIOS } from './scenarios';
import type { Scenario, ScenarioName } from './scenarios';
import { Screen } from './screen';
import { setStage, until } from './stage';
import type { Stage } from './stage';

/** How the demo is called. */
export interface DemoOptions {
  readonly scenario: ScenarioName;
  /** Where logs, policy and reports go; a new folder under the system's temporary one when absent. */
  readonly stateDir?: string;
  /** Keeps everything running after the end until interrupted, to look around. */
  readonly keep: boolean;
}

const REQUESTS_PER_SECOND = 160;
const STARTUP_MS = 800;
const BAD_FOR_MS = 3_000;
const LONGEST_MS = 240_000;
const LOOK_EVERY_MS = 100;
const TAKEN_WITHIN_MS = 60_000;
const AGAIN_AFTER_MS = 500;
const UNAVAILABLE = 503;

/** Plays one scenario on real processes and says whether what should have happened did. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const scenario = SCENARIOS[options.scenario];
  const screen = new Screen();
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'phased-rollback-demo-'));
  screen.line(`Scenario "${scenario.name}": ${scenario.story}`);
  screen.line(
    'Sampling each second, settling two: a minute shows what takes about half an hour with the ordinary settings.',
  );
  const stage = await setStage({
    stateDir,
    fleet: {
      ...SCENARIO_FLEETS[scenario.fleet],
      requestsPerSecond: scenario.requestsPerSecond ?? REQUESTS_PER_SECOND,
      startupMs: STARTUP_MS,
    },
    policy: scenario.policy,
    persistent: scenario.persistent,
    onProgress: (line) => screen.line(line),
  });
  const leave = (): void => void stage.stop().finally(() => process.exit(130));
  process.once('SIGINT', leave);
  try {
    const well = await play(stage, scenario, screen, options);
    if (options.keep) await keepOpen(stage, screen);
    return well;
  } finally {
    process.removeListener('SIGINT', leave);
    await stage.stop();
  }
}

async function play(
  stage: Stage,
  scenario: Scenario,
  screen: Screen,
  { keep }: { readonly keep: boolean },
): Promise<boolean> {
  await importPast(stage, screen);
  screen.line(`The bad release takes traffic for ${BAD_FOR_MS / 1000} s …`);
  await new Promise((resolve) => setTimeout(resolve, BAD_FOR_MS));
  await sendAlert(stage, scenario, screen);
  const ref = await liveRollback(stage);
  const audience = audienceOf(stage, ref, screen);
  await scenario.play(audience);
  await audience.watchUntil('it ends', () => false);
  const view = await lastView(stage, ref);
  screen.finish(view);
  const findings = await judgeOutcome(stage, scenario, ref, view);
  for (const finding of findings) screen.line(`${finding.ok ? '✓' : '✗'} ${finding.what}`);
  for (const line of await usersText(stage, ref)) screen.line(line);
  screen.line('');
  screen.line(`Report:  ${reportPlace(stage, view)}`);
  const hint = keep ? '' : '  (while the demo runs: add --keep)';
  screen.line(`Page:    ${stage.gatewayUrl}/  ·  Temporal ${stage.temporal.uiUrl}${hint}`);
  screen.line('Yours:   npx phased-rollback init');
  return findings.every((finding) => finding.ok);
}

function reportPlace(stage: Stage, view: StatusView): string {
  const folder = view.reportLocation ?? stage.archiveDir;
  return existsSync(join(folder, 'report.html')) ? join(folder, 'report.html') : folder;
}

/** The past that blame needs: a minute-long demo cannot grow one, so it is imported, and says so. */
export async function importPast(stage: Stage, screen: Pick<Screen, 'line'>): Promise<void> {
  const now = Date.now();
  const hour = 3_600_000;
  const releases = [
    { revision: 'v41', from: now - 26 * hour, to: now - hour / 6, source: 'imported', schema: { min: 6, max: 8 } },
    { revision: 'v42', from: now - hour / 6, source: 'imported', schema: { min: 7, max: 8 } },
  ];
  await post(`${stage.gatewayUrl}/v1/services/prod/checkout/releases`, { releases });
  screen.line('Imported the past: v41 for 26 hours, v42 since 10 minutes ago; both work with schema 7 and 8.');
}

/** An alert as Alertmanager posts it. */
export async function sendAlert(stage: Stage, scenario: Scenario, screen: Pick<Screen, 'line'>): Promise<void> {
  const labels = {
    alertname: 'CheckoutDegraded',
    service: 'checkout',
    severity: 'critical',
    cause: scenario.alert.cause,
    environment: 'prod',
  };
  const annotations = { summary: scenario.alert.title };
  const alert = {
    status: 'firing',
    labels,
    annotations,
    startsAt: new Date(Date.now() - BAD_FOR_MS).toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://127.0.0.1:9090/graph',
    fingerprint: '8b591d4a3487ed39',
  };
  await post(`${stage.gatewayUrl}/v1/alerts/alertmanager`, {
    version: '4',
    groupKey: '{}:{alertname="CheckoutDegraded", service="checkout"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'phased-rollback',
    groupLabels: { alertname: labels.alertname },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'http://127.0.0.1:9093',
    alerts: [alert],
  });
  screen.line(`Alertmanager's webhook was accepted: "${scenario.alert.title}"`);
}

/** Posts it until it is taken, as alert sources do: while Temporal is late the gateway says to deliver it again. */
async function post(url: string, body: unknown): Promise<void> {
  const deadline = Date.now() + TAKEN_WITHIN_MS;
  for (;;) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) return;
    const text = await response.text();
    if (response.status !== UNAVAILABLE || Date.now() > deadline)
      throw new Error(`${url} answered ${response.status}: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}

async function liveRollback(stage: Stage): Promise<RollbackRef> {
  const ref: RollbackRef = { environment: 'prod', service: 'checkout', number: 1 };
  const started = async (): Promise<boolean> => (await stage.client.status(ref)).kind === 'live';
  await until(started, 'the rollback', join(stage.stateDir, 'worker.log'));
  return ref;
}

function audienceOf(stage: Stage, ref: RollbackRef, screen: Screen): Audience {
  return {
    stage,
    ref,
    screen,
    async watchUntil(what, holds) {
      const deadline = Date.now() + LONGEST_MS;
      while (Date.now() < deadline) {
        const seen = await look(stage, ref);
        if (seen) {
          screen.show(seen.view, seen.state);
          if (holds(seen.view, seen.state)) return seen.view;
          if (seen.view.end) return undefined;
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
      throw new Error(`waited ${LONGEST_MS / 1000} s in vain until ${what}`);
    },
  };
}

/** One look; nothing while a killed process is on its way back. */
async function look(stage: Stage, ref: RollbackRef): Promise<{ view: StatusView; state: RunState } | undefined> {
  try {
    const snapshot = await stage.client.status(ref);
    if (snapshot.kind !== 'live') return undefined;
    return { view: snapshot.view, state: await stage.client.state(ref) };
  } catch {
    // A look that fails is repeated until the deadline above; the last one that worked stays on the screen.
    return undefined;
  }
}

async function lastView(stage: Stage, ref: RollbackRef): Promise<StatusView> {
  let view: StatusView | undefined;
  const isRead = async (): Promise<boolean> => (view = (await look(stage, ref))?.view) !== undefined;
  await until(isRead, 'the status of the ended rollback', join(stage.stateDir, 'worker.log'));
  if (!view) throw new Error('the ended rollback could not be read');
  return view;
}

async function keepOpen(stage: Stage, screen: Screen): Promise<void> {
  screen.line(`Kept running for you to look around: ${stage.gatewayUrl}/ — Ctrl-C ends it.`);
  await new Promise(() => undefined);
}
