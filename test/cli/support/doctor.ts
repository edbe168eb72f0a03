import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../../src/cli/examination';
import { NOW } from '../../domain/report/support/views';
import { FakeDoor, say } from './fake-cli';

/** The finding of that name. */
export type Findings = (what: string) => Finding | undefined;

/** A service that knows v41 as good, and whose one rollback ended at `endedAt`. */
export function doorOf(endedAt: number): FakeDoor {
  const door = new FakeDoor();
  const lastKnownGood = { revision: 'v41', from: NOW - 86_400_000, to: NOW - 3_600_000, source: 'seen' as const };
  const past = [{ number: 1, end: 'aborted' as const, reason: 'ABORTED', text: 'aborted', endedAt }];
  door.serviceSeen = {
    environment: 'prod',
    service: 'checkout',
    mode: 'ask',
    releases: [lastKnownGood],
    lastKnownGood,
    quarantined: [],
    alerts: [],
    past,
    asOf: NOW,
  };
  return door;
}

/** What doctor finds of a service, by a policy file with this one target. */
export class Consulting {
  readonly file: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'phased-rollback-doctor-'));

  constructor() {
    this.file = join(this.folder, 'policy.yaml');
  }

  write(stanza: object): void {
    const metrics = [{ name: 'errors', type: 'in-memory' }];
    const services = [{ name: 'checkout', targets: [{ name: 'eu', ...stanza }], metrics }];
    writeFileSync(this.file, JSON.stringify({ apiVersion: 'phased-rollback/v1', services }));
  }

  /** Asked of everything where the arguments name no service. */
  async ask(door: FakeDoor, ...args: readonly string[]): Promise<Findings> {
    const said = await say(['doctor', ...args, '-c', this.file, '-o', 'json'], { door });
    const findings = JSON.parse(said.out) as readonly Finding[];
    return (what) => findings.find((finding) => finding.what === what);
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
