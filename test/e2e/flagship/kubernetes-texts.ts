import type { PodOf } from './kubernetes-objects';
import type { SitePorts } from './site';
import { scrapingText } from './texts';

/** What Prometheus reads: the processes' own pages, once a second, labelled with what their pods are labelled with. */
export function prometheusText(pods: readonly PodOf[], host: string, ports: SitePorts): string {
  const scrapes = pods.map(
    ({ app, version, port }) =>
      `      - { targets: ['${host}:${port}'], labels: { app: ${app}, version: ${version} } }\n`,
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

/** The route, and behind it the Deployment that was released to; what takes minutes takes seconds here. */
export function policyText(kubeconfig: string, ports: SitePorts): string {
  return `apiVersion: phased-rollback/v1
services:
  - name: checkout
    targets:
      - name: route
        type: kubernetes-httproute
        kubeconfig: ${kubeconfig}
        route: checkout
        backends: [{ service: checkout }, { service: checkout-stable }]
      - { name: deployment, type: kubernetes-deployment, kubeconfig: ${kubeconfig}, deployment: checkout, behind: route }
    metrics: { prometheus: 'http://127.0.0.1:${ports.prometheus}', use: http, objective: 2% }
    timing: { interval: 1s, settle: 2s, soak: 3s, longestBake: 2m }
`;
}
