import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { createEffectActivities } from '../../src/activities/effects';
import { objection } from '../../src/domain/plan/objection';
import type { TargetPolicy } from '../../src/domain/policy/policy';
import { nextMove, openState, record } from '../../src/domain/rollback';
import type { EffectOrder, EffectReport, RunEvent, RunState } from '../../src/domain/rollback';
import { shiftAllOrders, shiftOrders } from '../../src/domain/rollback/orders';
import { CURRENT_RULES } from '../../src/domain/rollback/rules';
import type { DeploymentTarget, EffectResult, ShiftRequest } from '../../src/ports';
import { phase, plan, POLICY, reading, request, START } from '../domain/rollback/support/fixtures';

const policy = {
  ...POLICY,
  targets: [
    { name: 'route', labels: {}, adapter: { type: 'in-memory' } },
    { name: 'pods', labels: {}, adapter: { type: 'in-memory' }, behind: 'route' },
  ],
};

/** A route with weights of its own, in front of a Deployment: while that is back the route serves nothing else. */
class Shop {
  weight = 0;
  isBack = false;
  private readonly deps = { adapters: { target: ({ name }: TargetPolicy) => this.target(name) } };
  readonly act = createEffectActivities(this.deps as unknown as ActivityDependencies);

  private target(name: string): Pick<DeploymentTarget, 'observe' | 'shift'> {
    return name === 'route'
      ? {
          observe: async () => reading('route', this.isBack ? 100 : this.weight),
          shift: async (wish) => this.weighed(wish),
        }
      : {
          observe: async () => reading('pods', this.isBack ? 100 : 0),
          shift: async ({ desired }) => {
            this.isBack = desired === 100;
            return { outcome: 'done' };
          },
        };
  }

  private weighed({ desired, expected }: ShiftRequest): EffectResult {
    if (this.weight !== expected)
      return { outcome: 'conflict', ...objection('CHANGED_BY_OTHERS', `serves ${this.weight} %`) };
    this.weight = desired;
    return { outcome: 'done' };
  }
}

/** A rollback through both, of which 25 % of the route are done; its own activities carry out what its state orders. */
class Run {
  readonly shop = new Shop();
  state: RunState = openState(request('ask', 'person'), START, CURRENT_RULES);

  static async atAQuarter(): Promise<Run> {
    const run = new Run();
    const extent = ['route', 'pods'];
    const blamed = { kind: 'blamed', fromRevision: 'v42', toRevision: 'v41', extent, because: 'v42 is new' } as const;
    const census = { route: reading('route', 0), pods: reading('pods', 0) };
    run.record({ kind: 'assessed', policy, assessment: blamed, census });
    const phases = [phase(0, { route: 25 }), phase(1, { route: 100 }), phase(2, { pods: 100 })];
    run.record({ kind: 'planned', plan: { ...plan(), extent, phases } });
    await run.shift(shiftOrders(run.state, phases[0]!));
    return run;
  }

  /** Takes all that is left back at once: the Deployment is quicker. */
  async now(): Promise<void> {
    this.record({ kind: 'command', command: { id: 'now', kind: 'now', by: 'ada', at: START } });
    await this.shift(shiftAllOrders(this.state).toReversed());
  }

  /** Puts everything back that is still to be put back, and says how each ended. */
  async unwind(): Promise<readonly string[]> {
    const command = { id: 'unwind', kind: 'unwind', by: 'ada', at: START, reason: 'not v42' } as const;
    this.record({ kind: 'command', command });
    const ends: string[] = [];
    for (let move = nextMove(this.state); move.kind === 'unwind'; move = nextMove(this.state)) {
      this.record({ kind: 'began', move });
      const report = await this.carried('unwind', move.effect);
      this.record({ kind: 'unwound', report });
      ends.push(`${move.effect.target} ${report.outcome}`);
    }
    return ends;
  }

  private async shift(effects: readonly EffectOrder[]): Promise<void> {
    this.record({ kind: 'began', move: { kind: 'shift', phase: 0, effects, cold: false } });
    const reports: EffectReport[] = [];
    for (const order of effects) reports.push(await this.carried('shift', order));
    this.record({ kind: 'shifted', phase: 0, reports });
  }

  private carried(effect: 'shift' | 'unwind', order: EffectOrder): Promise<EffectReport> {
    const ref = { environment: 'prod', service: 'checkout', number: 1 };
    const of = { fromRevision: 'v42', toRevision: 'v41', cause: 'errors', epoch: START } as const;
    const context = { cancellationSignal: new AbortController().signal } as Context;
    return asyncLocalStorage.run(context, () => this.shop.act[effect]({ ref, ...of, policy, order }));
  }

  private record(event: RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never): void {
    this.state = record(this.state, { ...event, at: this.state.now + 1 } as RunEvent);
  }
}

describe('an unwind of what `now` took back through a route and the Deployment behind it', () => {
  it('puts the weights back that were set before the Deployment was there', async () => {
    const run = await Run.atAQuarter();
    await run.now();
    expect([run.shop.weight, run.shop.isBack]).toEqual([25, true]);
    expect(await run.unwind()).toEqual(['pods done', 'route done']);
    expect([run.shop.weight, run.shop.isBack]).toEqual([0, false]);
  });

  it('puts weights back that were set after all, though nobody heard of it', async () => {
    const run = await Run.atAQuarter();
    await run.now();
    run.shop.weight = 100;
    expect(await run.unwind()).toEqual(['pods done', 'route done']);
    expect(run.shop.weight).toBe(0);
  });

  it('leaves weights to people that nobody here has set, and says why', async () => {
    const run = await Run.atAQuarter();
    await run.now();
    run.shop.weight = 40;
    expect(await run.unwind()).toEqual(['pods done', 'route conflict']);
    expect(run.shop.weight).toBe(40);
    const told = run.state.journal.findLast(({ kind }) => kind === 'unwound')?.text;
    expect(told).toContain('route was changed by someone else and is left alone: serves 40 % on v41, expected 100 %');
    expect(told).toContain('pods behind it was moved too');
  });

  it('trusts no earlier share where the Deployment is not back as it was', async () => {
    const run = await Run.atAQuarter();
    await run.now();
    const { touched, census } = run.state;
    expect(touched).toEqual(['route', 'pods']);
    const course = { course: 'unwind', unwound: ['pods'], open: undefined } as const;
    const isAway = { ...run.state, ...course, census: { ...census, pods: reading('pods', 50) } };
    expect(nextMove(isAway)).toMatchObject({ kind: 'unwind', effect: { target: 'route', expected: 100 } });
    expect(nextMove(isAway)).not.toHaveProperty('effect.orExpected');
  });
});
