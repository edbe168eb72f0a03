import { z } from 'zod';
import type { CheckResult } from '../../domain/readiness/check-result';
import { limitedTo } from '../../ports';
import type { CheckContext, ReadinessCheck } from '../../ports';
import { runChild } from '../child-process';
import type { ChildEnd } from '../child-process';
import type { AdapterDependencies } from '../dependencies';
import { environmentOf, executableSettings } from '../executable';
import { outsideText } from '../outside-text';
import { checkKind } from '../kinds';

const MAX_STDOUT_BYTES = 1_048_576;

/** A program of the team's own: the context as JSON on standard input; exit 0 passes, 30 blocks. */
export const execCheckSchema = z.strictObject({
  type: z.literal('exec'),
  name: z.string().min(1).default('exec').describe('what the check is called'),
  ...executableSettings,
  overridable: z.boolean().default(true),
});

/** Configuration of an `exec` check. */
export type ExecCheckConfig = z.infer<typeof execCheckSchema>;

const answerSchema = z.object({
  status: z.enum(['pass', 'warn']).default('pass'),
  evidence: z.string().default(''),
  fix: z.string().optional(),
});

/** Runs the program once. Whatever is neither a yes nor a no, also a missing program, is `unknown`. */
export class ExecCheck implements ReadinessCheck {
  private readonly config: ExecCheckConfig;
  private readonly deps: AdapterDependencies;

  constructor(config: ExecCheckConfig, deps: AdapterDependencies) {
    this.config = config;
    this.deps = deps;
  }

  async run(context: CheckContext, signal: AbortSignal): Promise<CheckResult> {
    const { command, killAfterMs, timeoutMs } = this.config;
    const { environment, secrets } = environmentOf(this.config, this.deps.resolveSecret);
    const end = await runChild({
      command,
      environment,
      input: JSON.stringify(context),
      maxStdoutBytes: MAX_STDOUT_BYTES,
      killAfterMs,
      signal: limitedTo(signal, timeoutMs),
    });
    return end.kind === 'exited' ? this.read(end, secrets) : this.unknown(end.because);
  }

  private read(end: Extract<ChildEnd, { kind: 'exited' }>, secrets: readonly string[]): CheckResult {
    const told = outsideText(end.stderr, secrets);
    if (end.code !== 0 && end.code !== 30) return this.unknown(`exit code ${end.code}${told ? `: ${told}` : ''}`);
    const answer = answerSchema.safeParse(jsonOrNothing(end.stdout));
    if (!answer.success) return this.unknown('the answer on standard output is not the JSON of a check');
    const status: CheckResult['status'] = end.code === 30 ? 'block' : answer.data.status;
    const evidence = outsideText(answer.data.evidence, secrets) || told || `exit code ${end.code}`;
    const base = { check: this.config.name, status, evidence, overridable: this.config.overridable };
    if (status === 'pass') return base;
    return { ...base, fix: outsideText(answer.data.fix ?? '', secrets) || `make ${this.config.name} pass, then retry` };
  }

  private unknown(evidence: string): CheckResult {
    const { name, overridable, command } = this.config;
    return { check: name, status: 'unknown', evidence, fix: `make ${command[0]} run, then retry`, overridable };
  }
}

/** An empty output says nothing beside the exit code; anything else must be JSON. */
function jsonOrNothing(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON fails the schema.
    return undefined;
  }
}

/** Runs a program. */
export const execCheck = checkKind(execCheckSchema, (config, deps) => new ExecCheck(config, deps));
