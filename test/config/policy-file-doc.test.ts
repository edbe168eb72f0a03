import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdapters, resolveSecret } from '../../src/adapters';
import * as targets from '../../src/adapters/targets';
import { DEFAULTS, environmentFor, formatDuration, loadConfig } from '../../src/config';

const DOCS = join(__dirname, '../../docs');
const DOC = readFileSync(join(DOCS, 'policy-file.md'), 'utf8');
const PAGES = readdirSync(join(DOCS, 'targets')).map((name) => readFileSync(join(DOCS, 'targets', name), 'utf8'));
const examplesIn = (page: string): readonly string[] =>
  [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
const examples = examplesIn(DOC);
const [smallest = '', full = ''] = examples;

describe('the page about the policy file', () => {
  test.each([
    { which: 'smallest', text: smallest, services: ['prod/checkout'] },
    { which: 'full', text: full, services: ['prod/checkout', 'staging/checkout'] },
  ])('has a $which example without a problem', ({ text, services }) => {
    const loaded = loadConfig(text, 'policy.yaml');
    expect([...loaded.problems, ...loaded.invalid]).toEqual([]);
    expect(loaded.services.map((policy) => `${policy.environment}/${policy.service}`)).toEqual(services);
  });

  test.each(
    examples.flatMap((text) => {
      const [, type] = /^metrics:\n[\s\S]*?type: (\w+)/.exec(text) ?? [];
      return type === undefined ? [] : [{ type, text }];
    }),
  )('has an example of metrics from $type without a problem', ({ text }) => {
    const service = `  - name: checkout\n    targets: [{ type: http, url: 'http://127.0.0.1:1/' }]\n`;
    const stanza = text.replace(/^/gm, '    ').trimEnd();
    const loaded = loadConfig(`apiVersion: phased-rollback/v1\nservices:\n${service}${stanza}\n`, 'policy.yaml');
    expect([...loaded.problems, ...loaded.invalid]).toEqual([]);
    expect(loaded.services).toHaveLength(1);
  });

  const ofTargets = [DOC, ...PAGES].flatMap(examplesIn).filter((text) => text.startsWith('targets:\n'));
  test.each(ofTargets.map((text) => ({ text })))('has an example of targets without a problem (%#)', ({ text }) => {
    const stanza = text.replace(/^/gm, '    ').trimEnd();
    const loaded = loadConfig(
      `apiVersion: phased-rollback/v1\nservices:\n  - name: checkout\n${stanza}\n`,
      'policy.yaml',
    );
    expect([...loaded.problems, ...loaded.invalid]).toEqual([]);
    expect(loaded.services[0]?.targets[0]?.adapter.type).toMatch(/\S/);
  });

  // Those that speak our own contract are described with it; a fake is described nowhere.
  const OURS = ['http', 'exec', 'in-memory'];
  const types = Object.values(targets).map(({ schema }) => schema.shape.type.value);
  test.each(types.filter((type) => !OURS.includes(type)))('is joined by a page of its own for %s', (type) => {
    expect(PAGES.flatMap(examplesIn).filter((text) => text.includes(`type: ${type}`))).not.toEqual([]);
  });

  test('writes out the defaults in its full example, so that nothing is hidden', () => {
    const [policy] = loadConfig(full, 'policy.yaml').services;
    expect(policy?.timing).toEqual(DEFAULTS.timing);
    expect(environmentFor(loadConfig(full, 'policy.yaml'), 'prod')).toMatchObject({ policy: DEFAULTS.environments });
    expect(policy?.alerts).toEqual({
      ...DEFAULTS.alerts,
      match: { team: 'shop' },
      severities: ['critical', 'warning'],
    });
  });

  const durations = (section: string, values: object) =>
    Object.entries(values).flatMap(([key, ms]: [string, unknown]) =>
      typeof ms === 'number' ? [{ key: `${section}.${key.replace(/Ms$/, '')}`, value: formatDuration(ms) }] : [],
    );
  test.each([
    ...durations('timing', DEFAULTS.timing),
    ...durations('alerts', DEFAULTS.alerts),
    ...(['environment', 'mode', 'pace', 'onHalt', 'onThinEvidence', 'onCoupled', 'guardProof'] as const).map((key) => ({
      key,
      value: DEFAULTS[key],
    })),
    { key: 'alerts.severities', value: DEFAULTS.alerts.severities.join(', ') },
    { key: 'automaticAtOnce', value: String(DEFAULTS.environments.automaticAtOnce) },
    { key: 'commonCause.services', value: String(DEFAULTS.environments.commonCause.services) },
    { key: 'commonCause.within', value: formatDuration(DEFAULTS.environments.commonCause.withinMs) },
    { key: 'archive.path', value: DEFAULTS.archive.path },
    { key: 'gateway.host', value: DEFAULTS.gateway.host },
    { key: 'gateway.port', value: String(DEFAULTS.gateway.port) },
  ])('tells the default of $key', ({ key, value }) => {
    expect(DOC).toContain(`| \`${key}\` | \`${value}\` |`);
  });

  test('describes adapters that can really be made, as a run will read them again', () => {
    const adapters = createAdapters({ resolveSecret, log: { info: () => undefined }, now: () => 0 });
    const { services, gateway } = loadConfig(full, 'policy.yaml');
    const made = services.flatMap((policy) => [
      ...policy.targets.map((target) => adapters.target(target)),
      ...policy.metrics.map((metric) => adapters.metrics(metric)),
      ...policy.checks.map((check) => adapters.check(check)),
      ...policy.notify.map((notifier) => adapters.notifier(notifier)),
      adapters.archive(policy.archive),
    ]);
    const sources = Object.values(gateway.alertSources).map((source) => adapters.alertSource(source));
    expect([made.length, sources.length]).toEqual([13, 2]);
  });
});
