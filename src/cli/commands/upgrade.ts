import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { fullName } from '../../domain/report';
import type { Build } from '../../temporal';
import { readBuildId, readDeployment, withDeploymentOption } from '../build-names';
import { throughDoor, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import type { DeploymentsDoor } from '../door';
import { CliError, EXIT } from '../exit-codes';
import type { ExitCode } from '../exit-codes';
import { lazy } from '../lazy';
import { parseName } from '../names';
import { printError, printJson, printText, renderTable } from '../output';
import { locate } from '../say';
import { makeCurrent, moveRun } from '../upgrading';
import type { Upgrade } from '../upgrading';

interface UpgradeOptions extends DoorOptions {
  readonly deployment?: string;
  readonly to?: string;
  readonly bundle?: string;
}

/** `upgrade`: which build of the workers what runs is on, and moving it; for versioned workers only. */
export function registerUpgrade(program: Command, cli: Cli): void {
  withDeploymentOption(withDoorOptions(program.command('upgrade [name]')))
    .description('versioned workers: show what runs on which build, make a build current, or move a running rollback')
    .option('--to <build-id>', 'the build to make current; with a name, the build to move that rollback to')
    .option('--bundle <file>', "workflow bundle of that build, to replay on (default: this installation's own)")
    .action(async (nameText: string | undefined, options: UpgradeOptions) => {
      const deployment = readDeployment(options.deployment, cli.env);
      const name = nameText === undefined ? undefined : parseName(nameText);
      if (options.to === undefined) {
        if (name) throw new CliError(EXIT.usage, `say where to: phased-rollback upgrade ${nameText} --to <build-id>`);
        return throughDoor(cli, options, (door) => show(cli, door.deployments, deployment, options));
      }
      const to = { deployment, buildId: readBuildId(options.to) };
      const bundlePath = bundleOf(cli, to, options.bundle);
      await throughDoor(cli, options, async (door) => {
        if (!name) return printUpgrade(cli, options, to.buildId, await makeCurrent(door.deployments, to, bundlePath));
        const ref = await locate(door, name);
        return printUpgrade(cli, options, fullName(ref), await moveRun(door.deployments, ref, to, bundlePath));
      });
    });
}

/** A replay proves something only on the code of the build that is meant. */
function bundleOf(cli: Cli, to: Build, given: string | undefined): string {
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw new CliError(EXIT.usage, `--bundle ${given}: there is no such file`);
  }
  const own = cli.env.TEMPORAL_WORKER_BUILD_ID;
  if (own && own !== to.buildId) {
    throw new CliError(
      EXIT.usage,
      `this installation is build ${own} (TEMPORAL_WORKER_BUILD_ID), so a replay here says nothing of build ${to.buildId}: run the command where that build is installed, or name its --bundle`,
    );
  }
  const { dataConverterOf, isSealing } = lazy.temporal();
  return lazy.worker().bundlePath({ versioned: true, sealing: isSealing(dataConverterOf(cli.env)) });
}

async function show(
  cli: Cli,
  deployments: DeploymentsDoor,
  deployment: string,
  options: UpgradeOptions,
): Promise<ExitCode> {
  const [known, runs] = await Promise.all([deployments.builds(deployment), deployments.openRuns()]);
  const builds = await Promise.all(
    known.map(async ({ buildId, state }) => ({
      buildId,
      state,
      hasWorkers: (await deployments.unpolled({ deployment, buildId })).length === 0,
      runs: runs.filter(({ build }) => build?.deployment === deployment && build.buildId === buildId).length,
    })),
  );
  if (options.output === 'json') printJson(cli, { deployment, builds, runs });
  else printText(cli, `${buildTable(deployment, builds)}\n\n${runTable(runs)}`);
  return EXIT.ok;
}

type ShownBuild = {
  readonly buildId: string;
  readonly state: string;
  readonly hasWorkers: boolean;
  readonly runs: number;
};

function buildTable(deployment: string, builds: readonly ShownBuild[]): string {
  if (builds.length === 0) return `no worker of a build of ${deployment} has ever come: workers are not versioned`;
  const rows = builds.map(({ buildId, state, hasWorkers, runs }) => [
    buildId,
    state,
    hasWorkers ? 'seen' : 'none',
    String(runs),
    runs === 0 && state !== 'current' ? 'nothing runs on it: its workers may be stopped' : '',
  ]);
  return renderTable(['BUILD', 'STATE', 'WORKERS', 'RUNS', ''], rows);
}

function runTable(runs: Awaited<ReturnType<DeploymentsDoor['openRuns']>>): string {
  if (runs.length === 0) return 'nothing runs';
  const rows = runs.map(({ workflowId, build, how }) => [
    workflowId,
    build?.buildId ?? '(unversioned)',
    how === 'pinned' ? 'stays until it is moved' : 'follows the current build',
  ]);
  return renderTable(['RUN', 'BUILD', ''], rows);
}

function printUpgrade(cli: Cli, options: UpgradeOptions, about: string, upgrade: Upgrade): ExitCode {
  if (options.output === 'json') printJson(cli, { about, ...upgrade });
  else if (upgrade.result === 'applied') printText(cli, upgrade.text);
  else printError(cli, `refused (${upgrade.code}): ${upgrade.text}`);
  return upgrade.result === 'applied' ? EXIT.ok : EXIT.failed;
}
