/** One region of the flagship: a proxy before two slots of one server each. Every number is a port. */
export interface RegionPorts {
  readonly name: string;
  readonly web: number;
  readonly runtime: number;
  readonly exporter: number;
  readonly blue: number;
  readonly green: number;
}

/** Who says which revision is in a slot: HAProxy's own variables, or the release record. */
export type ToldBy = 'variable' | 'record';

/** What a region's HAProxy reads: the old revision in the green slot, the new one in the blue slot, which gets nothing yet. */
export function haproxyText(region: RegionPorts, toldBy: ToldBy): string {
  const said = { blue: 'v42', green: 'v41' };
  const variables = Object.entries(said).map(
    ([slot, name]) => `  set-var proc.revision_checkout_${slot} str(${name})\n`,
  );
  return `global
  stats socket ipv4@127.0.0.1:${region.runtime} level admin
${toldBy === 'variable' ? variables.join('') : ''}defaults
  mode http
  timeout connect 1s
  timeout check 10s
  timeout client 10s
  timeout server 10s
frontend web
  bind 127.0.0.1:${region.web}
  default_backend checkout
frontend exporter
  bind 127.0.0.1:${region.exporter}
  http-request use-service prometheus-exporter if { path /metrics }
backend checkout
  balance roundrobin
  option httpchk GET /version
  server b1 127.0.0.1:${region.blue} check inter 500ms weight 0
  server g1 127.0.0.1:${region.green} check inter 500ms weight 100
`;
}

/** What Prometheus reads: the proxies' own exporters, once a second. */
export function prometheusText(regions: readonly RegionPorts[], ports: { readonly alertmanager: number }): string {
  const scrapes = regions.map(
    ({ name, exporter }) => `      - { targets: ['127.0.0.1:${exporter}'], labels: { region: ${name} } }\n`,
  );
  return scrapingText('haproxy', scrapes, ports);
}

/** What Prometheus reads of one job, with rules of its own, once a second; each scrape is a line with its end. */
export function scrapingText(
  job: string,
  scrapes: readonly string[],
  ports: { readonly alertmanager: number },
): string {
  return `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs: [{ targets: ['127.0.0.1:${ports.alertmanager}'] }]
scrape_configs:
  - job_name: ${job}
    static_configs:
${scrapes.join('')}`;
}

const share = (by: string): string => {
  const responses = (code: string): string =>
    `sum by (${by}) (increase(haproxy_server_http_responses_total{proxy="checkout"${code}}[5s]))`;
  return `${responses(',code="5xx"')} / ${responses('')} > 0.05`;
};

const OLD_HAS_A_SHARE = 'haproxy_server_weight{proxy="checkout",server="g1"} > 0';

/** The alert that a team has about the whole service. */
const FAILS = `      - alert: CheckoutFails
        expr: ${share('proxy')}
        for: 2s
        labels: { severity: critical, service: checkout }
        annotations: { summary: 'checkout fails' }
`;

/** One more, of each region: by its terms it fires only while traffic is on its way back, for the old server has to have a share. */
const FAILS_WHILE_SPLIT = `      - alert: CheckoutFailsInRegion
        expr: ${share('region')} and on (region) ${OLD_HAS_A_SHARE}
        labels: { severity: critical, service: checkout }
        annotations: { summary: 'checkout fails in {{ $labels.region }}' }
`;

/** What Prometheus alerts of. */
export function rulesText({ alsoWhileSplit }: { readonly alsoWhileSplit: boolean }): string {
  return `groups:\n  - name: checkout\n    rules:\n${FAILS}${alsoWhileSplit ? FAILS_WHILE_SPLIT : ''}`;
}

/** What Alertmanager reads: everything goes to the gateway, a group for each alert. */
export function alertmanagerText(gatewayUrl: string): string {
  return `route:
  receiver: phased-rollback
  group_by: [alertname, service]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
receivers:
  - name: phased-rollback
    webhook_configs: [{ url: '${gatewayUrl}/v1/alerts/alertmanager' }]
`;
}

/** What a run says beside the smallest policy; nothing of it is needed for a rollback. */
export interface PolicyAdditions {
  /** Keys of `timing`, as YAML writes a map. */
  readonly timing?: string;
  /** Highest acceptable share of failures. */
  readonly objective?: string;
  readonly toldBy: ToldBy;
  readonly hookOf?: (region: RegionPorts) => readonly string[];
}

/** The smallest useful policy, as the documentation prints it, for two HAProxys, and what a run adds to it. */
export function policyText(
  regions: readonly RegionPorts[],
  ports: { readonly prometheus: number },
  { timing, objective, toldBy, hookOf }: PolicyAdditions,
): string {
  const targets = regions.map((region) => {
    const hook = hookOf ? `, prepare: { type: exec, command: ${JSON.stringify(hookOf(region))} }` : '';
    const revisions = toldBy === 'record' ? ', revisions: record' : '';
    return `      - { name: ${region.name}, type: haproxy, address: '127.0.0.1:${region.runtime}', backend: checkout, slots: { blue: [b1], green: [g1] }${revisions}${hook} }\n`;
  });
  return `apiVersion: phased-rollback/v1
services:
  - name: checkout
    targets:
${targets.join('')}    metrics: { prometheus: 'http://127.0.0.1:${ports.prometheus}', use: haproxy${objective === undefined ? '' : `, objective: ${objective}`} }
${timing === undefined ? '' : `    timing: ${timing}\n`}`;
}
