import { renderDescribedBlock } from '../../../src/domain/report/described-block';
import type { DescribedStatus } from '../../../src/domain/report/described-block';
import { NOW } from './support/views';

function described(change: Partial<DescribedStatus>): string {
  const base: DescribedStatus = { environment: 'prod', service: 'checkout', number: 7, condition: 'noWorker' };
  return renderDescribedBlock({ ...base, ...change }, { now: NOW });
}

describe('the block of a rollback that does not answer', () => {
  it('has no worker alive', () => {
    const block = described({
      stage: 'moving',
      weights: 'eu 100 · us 10',
      recordedAt: NOW - 90_000,
      startedAt: NOW - 900_000,
      detail: 'work has waited for a worker for 80 s',
    });
    expect(block).toMatchInlineSnapshot(`
     "prod/checkout/7  NO WORKER ALIVE   started 02:51:00Z
     last known       moving · eu 100 · us 10   as of 03:04:30Z, 90 s old
     seen             work has waited for a worker for 80 s
     next             nothing moves until a worker runs; then it goes on where it stopped. Commands are kept and applied then
     you can          phased-rollback worker        start one
                      phased-rollback doctor        find out why there is none"
    `);
  });

  it('is stuck', () => {
    expect(described({ condition: 'stuck', stage: 'waiting', reason: 'HALT', detail: 'TypeError: x is undefined' }))
      .toMatchInlineSnapshot(`
     "prod/checkout/7  STUCK
     last known       waiting · HALT
     seen             TypeError: x is undefined
     next             nothing moves until it is mended; commands are kept and applied then
     you can          phased-rollback doctor        find out why"
    `);
  });

  it('is over and has left only its report', () => {
    expect(described({ condition: 'closed' })).toMatchInlineSnapshot(`
     "prod/checkout/7  CLOSED
     last known       nothing recorded
     next             nothing: it is over and moves nothing any more
     you can          phased-rollback report prod/checkout/7        read what it left"
    `);
  });
});
