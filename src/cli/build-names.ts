import type { Command } from 'commander';
import type { Build } from '../temporal';
import { CliError, EXIT } from './exit-codes';

const DEFAULT_DEPLOYMENT = 'phased-rollback';
const DEPLOYMENT = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const BUILD_ID = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$/;

/** Adds `--deployment`. */
export function withDeploymentOption(command: Command): Command {
  return command.option(
    '--deployment <name>',
    `the deployment that builds of the workers belong to (default: TEMPORAL_DEPLOYMENT_NAME, else ${DEFAULT_DEPLOYMENT})`,
  );
}

/** The deployment that is meant. */
export function readDeployment(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const name = given ?? (env.TEMPORAL_DEPLOYMENT_NAME || DEFAULT_DEPLOYMENT);
  if (DEPLOYMENT.test(name)) return name;
  throw new CliError(
    EXIT.usage,
    `"${name}" is not the name of a deployment: write at most 63 letters, digits, "-" and "_", beginning with a letter or digit`,
  );
}

/** The id of a build as it was written. */
export function readBuildId(text: string): string {
  if (BUILD_ID.test(text)) return text;
  throw new CliError(
    EXIT.usage,
    `"${text}" is not the id of a build: write at most 63 letters, digits, ".", "_", "+" and "-", like 1.4.0 or a commit`,
  );
}

/** The build that a worker says it is; undefined when nobody named one, and its workers are not versioned. */
export function readOwnBuild(
  given: { readonly deployment?: string; readonly buildId?: string },
  env: NodeJS.ProcessEnv,
): Build | undefined {
  const text = given.buildId ?? (env.TEMPORAL_WORKER_BUILD_ID || undefined);
  if (text !== undefined) {
    return { deployment: readDeployment(given.deployment, env), buildId: readBuildId(text) };
  }
  const named = given.deployment ?? (env.TEMPORAL_DEPLOYMENT_NAME || undefined);
  if (named === undefined) return undefined;
  throw new CliError(
    EXIT.usage,
    `deployment ${named} is named, but not which build of it this is: add --build-id (or TEMPORAL_WORKER_BUILD_ID), or name no deployment`,
  );
}
