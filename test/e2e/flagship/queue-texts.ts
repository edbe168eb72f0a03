import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { SitePorts } from './site';

/** What people copy. */
export type RecipeName = 'queue-workers' | 'queue-partitions';

export const folderOf = (recipe: RecipeName): string =>
  join(__dirname, '..', '..', '..', 'examples', 'recipes', recipe);

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

/** The recipe's own policy, with a program for this stack; what takes minutes takes seconds here. */
export function policyText(of: {
  readonly recipe: RecipeName;
  readonly command: readonly string[];
  readonly reports: string;
  readonly ports: SitePorts;
  readonly lag?: number;
}): string {
  const recipe = parse(readFileSync(join(folderOf(of.recipe), 'policy.yaml'), 'utf8')) as Recipe;
  const url = `http://127.0.0.1:${of.ports.prometheus}`;
  return stringify({
    ...recipe,
    gateway: { host: '127.0.0.1', port: of.ports.gateway },
    services: recipe.services.map((service) => ({
      ...service,
      targets: service.targets.map((target) => ({ ...target, command: of.command, secrets: {} })),
      metrics: service.metrics.map((metric) => ({ ...metric, ...thresholdOf(metric, of.lag), url })),
      archive: { type: 'directory', path: of.reports },
      timing: { interval: '1s', settle: '3s', soak: '3s', longestBake: '2m' },
    })),
  });
}

function thresholdOf(metric: object, lag: number | undefined): object {
  return lag !== undefined && 'threshold' in metric ? { threshold: lag } : {};
}
