import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { SitePorts } from './site';

/** What people copy. */
export const RECIPE = join(__dirname, '..', '..', '..', 'examples', 'recipes', 'queue-workers');

/** What Prometheus reads: every instance of both revisions, of which only some run. */
export function prometheusText(workers: readonly number[], ports: SitePorts): string {
  return stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${ports.alertmanager}`] }] }] },
    scrape_configs: [{ job_name: 'mailer', static_configs: [{ targets: workers.map((port) => `127.0.0.1:${port}`) }] }],
  });
}

/** One alert about all workers. */
export const RULES = `groups:
  - name: mailer
    rules:
      - alert: MailerFails
        expr: sum by (job) (increase(jobs_failed_total[5s])) / sum by (job) (increase(jobs_processed_total[5s])) > 0.05
        for: 2s
        labels: { severity: critical, service: mailer }
        annotations: { summary: 'mails fail' }
`;

interface Recipe {
  readonly services: readonly {
    readonly targets: readonly object[];
    readonly metrics: readonly object[];
  }[];
}

/** The recipe's own policy, on the processes of this stack; what takes minutes takes seconds here. */
export function policyText(of: {
  readonly supervisor: string;
  readonly fence: string;
  readonly reports: string;
  readonly ports: SitePorts;
}): string {
  const recipe = parse(readFileSync(join(RECIPE, 'policy.yaml'), 'utf8')) as Recipe;
  const program = [process.execPath, join(RECIPE, 'target.js')];
  const command = [...program, '--server', of.supervisor, '--groups', 'mailer-', '--fence', of.fence];
  const url = `http://127.0.0.1:${of.ports.prometheus}`;
  return stringify({
    ...recipe,
    gateway: { host: '127.0.0.1', port: of.ports.gateway },
    services: recipe.services.map((service) => ({
      ...service,
      targets: service.targets.map((target) => ({ ...target, command })),
      metrics: service.metrics.map((metric) => ({ ...metric, url })),
      archive: { type: 'directory', path: of.reports },
      timing: { interval: '1s', settle: '3s', soak: '3s', longestBake: '2m' },
    })),
  });
}
