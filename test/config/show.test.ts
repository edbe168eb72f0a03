import { loadConfig, showConfig } from '../../src/config';

const TEXT = `apiVersion: phased-rollback/v1
gateway:
  port: 9000
services:
  - name: broken
    targets: []
  - name: checkout
    targets:
      - name: eu
        labels: { region: eu }
        type: http
        url: http://127.0.0.1:1/
        secret: \${env:TARGET}
    metrics:
      - { kind: latency, objective: 1%, type: openmetrics, endpoints: {}, bad: { name: x } }
    timing: &times
      interval: 90s
    alerts: { severities: [critical, warning], coolDown: 1h30m }
  - name: cart
    targets: [{ type: http, url: 'http://127.0.0.1:2/' }]
    timing: *times
`;

describe('showing a policy', () => {
  const shown = showConfig(loadConfig(TEXT, 'policy.yaml'));

  test.each([
    { path: 'gateway port', value: '9000', from: 'line 3' },
    { path: 'gateway host', value: '127.0.0.1', from: 'default' },
    { path: 'prod/checkout name', value: 'checkout', from: 'line 7' },
    { path: 'prod/checkout environment', value: 'prod', from: 'default' },
    { path: 'prod/checkout targets[0].labels.region', value: 'eu', from: 'line 10' },
    { path: 'prod/checkout targets[0].url', value: 'http://127.0.0.1:1/', from: 'line 12' },
    { path: 'prod/checkout targets[0].secret', value: '${env:TARGET}', from: 'line 13' },
    { path: 'prod/checkout targets[0].granularity', value: 'percent', from: 'default' },
    { path: 'prod/checkout metrics[0].name', value: 'latency', from: 'default' },
    { path: 'prod/checkout metrics[0].objective', value: '0.01', from: 'line 15' },
    { path: 'prod/checkout timing.interval', value: '1m30s', from: 'line 17' },
    { path: 'prod/checkout timing.settle', value: '20s', from: 'default' },
    { path: 'prod/checkout alerts.severities[1]', value: 'warning', from: 'line 18' },
    { path: 'prod/checkout alerts.coolDown', value: '1h30m', from: 'line 18' },
    { path: 'prod/checkout phases', value: '[]', from: 'default' },
    { path: 'prod/checkout notify[0].type', value: 'log', from: 'default' },
    { path: 'prod/cart targets[0].name', value: 'cart', from: 'default' },
    { path: 'prod/cart timing.interval', value: '1m30s', from: 'line 17' },
  ])('$path is $value from $from', (value) => {
    expect(shown).toContainEqual(value);
  });

  test('leaves out services whose stanza is wrong', () => {
    expect(shown.filter((value) => value.path.startsWith('prod/broken'))).toEqual([]);
  });
});
