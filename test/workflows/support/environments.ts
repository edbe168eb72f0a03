import type { EnvironmentPolicy } from '../../../src/domain/environment/policy';
import { TerminalError } from '../../../src/ports';

/** What tests say of environments; one that is not named has room for all that a suite plays at once. */
export class Environments {
  private readonly known = new Map<string, Partial<EnvironmentPolicy> | 'broken'>();

  /** Names an environment of its own with these limits; `broken`: its part of the policy file is wrong. */
  limit(environment: string, limits: Partial<EnvironmentPolicy> | 'broken'): string {
    this.known.set(environment, limits);
    return environment;
  }

  /** Takes back what was said of one: its part of the policy file is right again. */
  mend(environment: string): void {
    this.known.set(environment, {});
  }

  get names(): readonly string[] {
    return ['prod', ...this.known.keys()];
  }

  async load(environment: string): Promise<EnvironmentPolicy> {
    const limits = this.known.get(environment) ?? {};
    if (limits === 'broken') throw new TerminalError('POLICY_INVALID', 'line 3, environments: must be an object');
    const commonCause = { services: 1_000, withinMs: 300_000 };
    return { environment, automaticAtOnce: 1_000, commonCause, notify: [{ type: 'fake' }], ...limits };
  }
}
