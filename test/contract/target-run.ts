import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities/dependencies';
import { createEffectActivities } from '../../src/activities/effects';
import type { TargetReading } from '../../src/domain/plan/census';
import { nextMove, openState, record } from '../../src/domain/rollback';
import type { EffectOrder, EffectReport, RunState } from '../../src/domain/rollback';
import { shiftOrders } from '../../src/domain/rollback/orders';
import { CURRENT_RULES } from '../../src/domain/rollback/rules';
import type { Unstamped } from '../../src/workflows/run';
import { phase, plan, POLICY, request } from '../domain/rollback/support/fixtures';
import type { TargetSubject } from './deployment-target.contract';
import { EPOCH, settled } from './target-requests';

const [FROM, TO] = ['v42', 'v41'];

/** A rollback of one target: what it orders comes of its own state, and its own activities carry it out. */
export class TargetRun {
  private state: RunState;
  private done = 0;
  private readonly name: string;
  private readonly act: ReturnType<typeof createEffectActivities>;

  /** As it stands with its plan made: `before` was read, and each of the shares is a phase. */
  constructor({ target, name }: TargetSubject, before: TargetReading, shares: readonly number[]) {
    this.name = name;
    // Of what activities depend on, those of effects take nothing but targets.
    this.act = createEffectActivities({ adapters: { target: () => target } } as unknown as ActivityDependencies);
    this.state = openState(request('ask', 'person'), EPOCH, CURRENT_RULES);
    const assessment = {
      kind: 'blamed',
      fromRevision: FROM,
      toRevision: TO,
      extent: [name],
      because: 'v42 is new',
    } as const;
    this.record({ kind: 'assessed', policy: this.policy, assessment, census: { [name]: before } });
    const phases = shares.map((share, index) => phase(index, { [name]: share }));
    this.record({ kind: 'planned', plan: { ...plan(), extent: [name], phases } });
  }

  /** Carries the next phase out, and gives back what was read then. */
  async shift(): Promise<TargetReading> {
    const next = this.state.plan?.phases[this.done];
    const [order] = next ? shiftOrders(this.state, next) : [];
    if (!next || !order) throw new Error(`nothing is left to shift in phase ${this.done}`);
    this.done += 1;
    this.record({ kind: 'began', move: { kind: 'shift', phase: next.index, effects: [order], cold: false } });
    const report = await this.carried(order, 'shift');
    this.record({ kind: 'shifted', phase: next.index, reports: [report] });
    return readIn(report);
  }

  /** Has a person take it back, does what the run then does, and gives back what was read last. */
  async unwind(): Promise<TargetReading> {
    const command = {
      id: 'unwind-1',
      kind: 'unwind',
      by: 'ada',
      at: this.state.now,
      reason: 'it was not v42',
    } as const;
    this.record({ kind: 'command', command });
    let reading: TargetReading | undefined;
    for (let move = nextMove(this.state); move.kind === 'unwind'; move = nextMove(this.state)) {
      this.record({ kind: 'began', move });
      const report = await this.carried(move.effect, 'unwind');
      this.record({ kind: 'unwound', report });
      reading = readIn(report);
    }
    expect(nextMove(this.state)).toEqual({ kind: 'report' });
    if (!reading) throw new Error('nothing was unwound');
    return reading;
  }

  private get policy() {
    return { ...POLICY, targets: [{ name: this.name, labels: {}, adapter: { type: 'in-memory' } }] };
  }

  private record(event: Unstamped): void {
    this.state = record(this.state, { ...event, at: this.state.now + 1 });
  }

  /** Asks as the workflow does: again after a failed attempt, and on while the target is on its way. */
  private async carried(order: EffectOrder, effect: 'shift' | 'unwind'): Promise<EffectReport> {
    const ref = { environment: 'prod', service: 'checkout', number: 1 };
    const revisions = { fromRevision: FROM, toRevision: TO };
    const input = { ref, ...revisions, cause: 'errors', policy: this.policy, epoch: EPOCH, order } as const;
    const context = { cancellationSignal: new AbortController().signal } as Context;
    const report = await settled(() => asyncLocalStorage.run(context, () => this.act[effect](input)));
    expect(report).toMatchObject({ outcome: expect.stringMatching(/^(done|alreadyInState)$/) });
    return report;
  }
}

function readIn({ order, reading }: EffectReport): TargetReading {
  if (!reading) throw new Error(`${order.target} was not read back`);
  return reading;
}
