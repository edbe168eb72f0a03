import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { limitedTo, RetryableError, TerminalError } from '../../ports';
import type { DeploymentTarget } from '../../ports';
import { runChild } from '../child-process';
import type { ChildEnd } from '../child-process';
import { environmentOf, executableSettings } from '../executable';
import { outsideText } from '../outside-text';
import { targetKind } from '../kinds';
import type { AskedByHand } from './asked-script';
import { createAskedTarget } from './asked-target';
import type { Carried } from './asked-target';
import { shellSecret, shellWord } from './shell';
import { readAccepted, readConflict, readDone, readRefused } from './target-answer';
import type { AcceptedAnswer } from './target-answer';
import { capabilitySettings } from './target-capabilities';
import type { AdapterDependencies } from '../dependencies';
import { documentOf } from './target-request';

const MAX_STDOUT_BYTES = 1_048_576;
const SHORTEST_POLL_MS = 100;

/** A target that is a program: the same documents on standard input and output, exit codes for the status. */
export const execTargetSchema = z.strictObject({
  type: z.literal('exec'),
  ...executableSettings,
  ...capabilitySettings,
  /** True only when the program itself refuses lower fences and other expected weights. */
  fenced: z.boolean().default(false),
});

type ExecTargetConfig = z.infer<typeof execTargetSchema>;

/** A target behind a program. A call ends only when the program is gone. */
export function createExecTarget(name: string, config: ExecTargetConfig, deps: AdapterDependencies): DeploymentTarget {
  const { granularity, sticky, fenced } = config;
  return createAskedTarget({
    name,
    capabilities: { granularity, sticky, fenced },
    now: () => deps.now(),
    byHand: byHand(config),
    carry(request, signal) {
      const bound = limitedTo(signal, config.timeoutMs);
      const input = documentOf(request, deps.now() + config.timeoutMs);
      return carry(name, config, deps, input, bound);
    },
  });
}

/** The program is run as here; the other variables that a shell has do it no harm. */
function byHand({ command, secrets }: ExecTargetConfig): AskedByHand {
  const values = Object.entries(secrets).map(([name, reference]) => `${name}=${shellSecret(reference)} `);
  return {
    needs: [],
    define: (name) => [
      `${name}() {`,
      '  code=10',
      '  while [ "$code" = 10 ]; do',
      `    code=0; printf '%s' "$1" | ${values.join('')}${command.map(shellWord).join(' ')} || code=$?`,
      '    [ "$code" != 10 ] || sleep 1',
      '  done',
      '  return "$code"',
      '}',
    ],
  };
}

/** Accepted work is asked after by running the program again with the same document. */
async function carry(
  name: string,
  config: ExecTargetConfig,
  deps: AdapterDependencies,
  input: string,
  signal: AbortSignal,
): Promise<Carried> {
  const { command, killAfterMs } = config;
  const { environment, secrets } = environmentOf(config, deps.resolveSecret);
  for (let accepted = false; ; accepted = true) {
    const end = await runChild({
      command,
      environment,
      input,
      maxStdoutBytes: MAX_STDOUT_BYTES,
      killAfterMs,
      signal,
    });
    const told = end.kind === 'notStarted' ? '' : outsideText(end.stderr, secrets);
    if (told !== '') deps.log.info({ target: name, stderr: told }, 'a target program wrote to stderr');
    const read = readEnd(name, command, end, secrets, accepted);
    if (read.kind !== 'accepted') return read;
    try {
      await pause(Math.max(read.pollAfterMs, SHORTEST_POLL_MS), undefined, { signal });
    } catch {
      return { kind: 'onItsWay', because: 'accepted, and not done in the time there was' };
    }
  }
}

function readEnd(
  name: string,
  command: readonly string[],
  end: ChildEnd,
  secrets: readonly string[],
  accepted: boolean,
): Carried | AcceptedAnswer {
  switch (end.kind) {
    case 'exited':
      return readExit(name, end, secrets);
    case 'killed':
      return end.tooMuch
        ? { kind: 'unreadable', because: end.because }
        : { kind: 'lost', because: `no answer: ${end.because}` };
    case 'notStarted':
      if (accepted) return { kind: 'lost', because: `accepted, but then not started: ${end.because}` };
      if (end.later) throw new RetryableError('TARGET_UNREACHABLE', `${name}: ${end.because}`);
      throw new TerminalError('TARGET_MISCONFIGURED', `${name}: ${command[0]} cannot be started: ${end.because}`);
  }
}

function readExit(
  name: string,
  { code, stdout, stderr }: Extract<ChildEnd, { kind: 'exited' }>,
  secrets: readonly string[],
): Carried | AcceptedAnswer {
  if (code === 0) return readDone(stdout, secrets);
  if (code === 10) return readAccepted(stdout);
  if (code === 20) return readConflict(stdout, secrets);
  if (code === 30) return readRefused(stdout, secrets);
  throw new RetryableError('TARGET_UNREACHABLE', `${name}: exit code ${code}: ${outsideText(stderr, secrets)}`);
}

/** Behind a program that speaks our contract. */
export const execTarget = targetKind(execTargetSchema, (config, deps, { name }) =>
  createExecTarget(name, config, deps),
);
