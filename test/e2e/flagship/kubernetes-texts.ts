import type { SitePorts } from './site';
import { scrapingText } from './texts';

/** One process of the service: where it listens, and what a scrape of it is labelled with. */
export interface Served {
  readonly region: string;
  readonly version: string;
  readonly port: number;
}

/** What Prometheus reads: the processes' own pages, once a second. */
export function prometheusText(served: readonly Served[], host: string, ports: SitePorts): string {
  const scrapes = served.map(
    ({ region, version, port }) =>
      `      - { targets: ['${host}:${port}'], labels: { region: ${region}, version: ${version} } }\n`,
  );
  return scrapingText('checkout', scrapes, ports);
}

const answers = (code: string): string => `sum by (job) (increase(http_requests_total{job="checkout"${code}}[5s]))`;

/** One alert about the whole service. */
export const RULES = `groups:
  - name: checkout
    rules:
      - alert: CheckoutFails
        expr: ${answers(',code="500"')} / ${answers('')} > 0.05
        for: 2s
        labels: { severity: critical, service: checkout }
        annotations: { summary: 'checkout fails' }
`;

/** A region that is split by a route, then one that is a Deployment alone; what takes minutes takes seconds here. */
export function policyText(kubeconfig: string, ports: SitePorts, reports: string): string {
  return `apiVersion: phased-rollback/v1
gateway: { host: 127.0.0.1, port: ${ports.gateway} }
services:
  - name: checkout
    targets:
      - name: eu
        type: kubernetes-httproute
        kubeconfig: ${kubeconfig}
        route: eu
        backends: [{ service: eu-blue }, { service: eu-green }]
      - { name: us, type: kubernetes-deployment, kubeconfig: ${kubeconfig}, deployment: us }
    metrics: { prometheus: 'http://127.0.0.1:${ports.prometheus}', use: http, targetLabel: region, objective: 2% }
    archive: { type: directory, path: '${reports}' }
    timing: { interval: 1s, settle: 2s, soak: 3s, longestBake: 2m }
`;
}
