import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitServer } from './git-server';

/** Plays the owner: what Git says is built by kustomize and applied, again and again, while it is awake. */
export class GitOwner {
  awake = true;
  private ended = false;
  private readonly rounds: Promise<void>;
  private readonly server: GitServer;
  private readonly shell: Readonly<Record<string, string>>;
  private readonly dir: string;
  /** Where Git keeps which commit the branch is at. */
  private readonly branch: string;

  constructor(server: GitServer, shell: Readonly<Record<string, string>>, dir: string) {
    this.server = server;
    this.shell = shell;
    this.dir = dir;
    this.branch = join(server.bare, 'refs', 'heads', 'main');
    this.rounds = this.reconcile();
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.rounds;
  }

  private async reconcile(): Promise<void> {
    let applied = '';
    while (!this.ended) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      // Not by asking Git, which is a process each time.
      const newest = readFileSync(this.branch, 'utf8').trim();
      if (!this.awake || newest === applied) continue;
      const tree = mkdtempSync(join(this.dir, 'owner-'));
      this.server.run(this.dir, 'clone', '--quiet', this.server.bare, tree);
      execFileSync('sh', ['-c', 'kubectl apply --kustomize "$0"', join(tree, 'eu')], {
        env: { ...this.shell },
        stdio: 'ignore',
      });
      applied = newest;
    }
  }
}
