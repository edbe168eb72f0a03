/** What `init` learnt from a person, or could see. */
export interface TemplateFacts {
  readonly service: string;
  readonly targetUrl: string;
  readonly metricsUrl: string;
  /** Seen on this machine; told in a comment. */
  readonly seen: readonly string[];
}

/** What is written when nobody can be asked. */
export const TEMPLATE_DEFAULTS = {
  service: 'checkout',
  targetUrl: 'http://127.0.0.1:8080/rollback',
  metricsUrl: 'http://127.0.0.1:8080/metrics',
} as const;

/** The smallest useful policy file, with what a newcomer must know beside each line. */
export function policyTemplate(facts: TemplateFacts): string {
  const seen = facts.seen.map((line) => `# Seen here: ${line}\n`).join('');
  return `# Policy of phased-rollback. Check it:        phased-rollback config validate
# Every value in force, and where from:        phased-rollback config show
# Secrets never stand here: write \${env:NAME} or \${file:path}.
${seen}apiVersion: phased-rollback/v1
services:
  - name: ${JSON.stringify(facts.service)}
    # environment: prod
    # observe touches nothing, ask waits for an approval, auto goes by itself.
    mode: ask
    # pace: surgical | balanced | express
    targets:
      # One entry per place whose share of traffic can be set. An http target is a small service of yours that
      # answers "observe", "check", "prepare" and "shift"; an exec target is a command of yours that does.
      - name: main
        type: http
        url: ${JSON.stringify(facts.targetUrl)}
        # secret: \${env:ROLLBACK_HOOK_SECRET}
        # labels: { region: eu }
    metrics:
      # Counters per revision: all requests, and the bad ones among them. They decide whether going back helps.
      - name: failed requests
        kind: errors
        # Highest acceptable share of bad requests.
        objective: 1%
        type: openmetrics
        endpoints: { main: ${JSON.stringify(facts.metricsUrl)} }
        requests: { name: http_requests_total }
        bad: { name: http_requests_total, labels: { code: /5../ } }
`;
}
