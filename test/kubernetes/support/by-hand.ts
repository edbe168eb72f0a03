import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TargetScript } from '../../../src/domain/plan/script';
import { isScripted } from '../../../src/ports';
import type { DeploymentTarget } from '../../../src/ports';
import { soon } from '../../contract/target-requests';

type Shell = Readonly<Record<string, string>> | undefined;

/** The commands for all of the traffic, or for other shares too. */
export function scriptFor(target: DeploymentTarget, weights: readonly number[] = [100]): Promise<TargetScript> {
  if (!isScripted(target)) throw new Error('it does not tell its steps as commands');
  return target.script({ revision: { from: 'v42', to: 'v41' }, weights }, soon());
}

/** Runs the step to a share; fails as the shell does. */
export async function stepByHand({ begin, steps }: TargetScript, weight: number, shell: Shell): Promise<string> {
  const step = steps.find((each) => each.weight === weight);
  if (!step) throw new Error(`it has no step to ${weight} %`);
  return runByHand([...begin, ...step.lines], shell);
}

/** What a shell prints that begins with the commands of a target and goes no further. */
export async function beginByHand(target: DeploymentTarget, shell: Shell): Promise<string> {
  return runByHand((await scriptFor(target)).begin, shell);
}

/** What a shell prints; fails as the shell does. */
export async function runByHand(lines: readonly string[], shell: Shell): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', lines.join('\n')], { env: { ...shell } });
  return stdout;
}

/** That no steps are told, and why. */
export function untold(why: RegExp): unknown {
  return expect.objectContaining({ code: 'TARGET_MISCONFIGURED', message: expect.stringMatching(why) });
}
