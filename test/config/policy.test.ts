import { resolve } from 'node:path';
import fc from 'fast-check';
import { formatDuration, loadConfig, parseDuration, policyFor, policyJsonSchema } from '../../src/config';

function file(stanza: string): string {
  return `apiVersion: phased-rollback/v1\nservices:\n  - ${stanza.split('\n').join('\n    ')}\n`;
}

function hashOf(stanza: string, path = 'policy.yaml'): string {
  const [policy] = loadConfig(file(stanza), path).services;
  if (!policy) throw new Error('the stanza is wrong');
  return policy.hash;
}

const STANZA = `name: cart\ntargets: [{ name: eu, labels: { a: x, b: y }, type: http, url: 'http://127.0.0.1:1/' }]`;

describe('the hash of a policy', () => {
  test.each([
    {
      same: 'another order of keys',
      stanza: `targets: [{ url: 'http://127.0.0.1:1/', labels: { b: y, a: x }, type: http, name: eu }]\nname: cart`,
    },
    { same: 'a default written out', stanza: `${STANZA}\nmode: ask` },
    { same: 'another way to write a time', stanza: `${STANZA}\ntiming: { soak: 600s }` },
  ])('is the same with $same', ({ stanza }) => {
    expect(hashOf(stanza)).toBe(hashOf(STANZA));
  });

  test.each([
    { other: 'another label', stanza: STANZA.replace('a: x', 'a: z') },
    { other: 'another time', stanza: `${STANZA}\ntiming: { soak: 601s }` },
    { other: 'another mode', stanza: `${STANZA}\nmode: auto` },
  ])('differs with $other', ({ stanza }) => {
    expect(hashOf(stanza)).not.toBe(hashOf(STANZA));
  });

  test('is twelve hex digits, wherever the file lies', () => {
    expect(hashOf(STANZA)).toMatch(/^[0-9a-f]{12}$/);
    expect(hashOf(STANZA, '/etc/a/policy.yaml')).toBe(hashOf(STANZA, '/srv/b/policy.yaml'));
  });
});

describe('a policy', () => {
  test('keeps reports beside its file', () => {
    const [policy] = loadConfig(file(STANZA), '/etc/rollback/policy.yaml').services;
    expect(policy?.archive).toEqual({ type: 'directory', path: resolve('/etc/rollback/.phased-rollback/archive') });
  });

  test('names what stands without a name', () => {
    const metric = '{ type: openmetrics, endpoints: {}, requests: { name: y }, bad: { name: x } }';
    const stanza = `name: cart\ntargets: [{ type: http, url: 'http://127.0.0.1:1/' }]\nmetrics: [${metric}]`;
    const [policy] = loadConfig(file(stanza), { file: 'policy.yaml' }).services;
    expect(policy?.targets[0]).toMatchObject({ name: 'cart', labels: {}, adapter: { type: 'http' } });
    expect(policy?.metrics[0]).toMatchObject({ name: 'errors', kind: 'errors', provider: { type: 'openmetrics' } });
    expect(policy?.targets[0]?.adapter).not.toHaveProperty('name');
  });

  test('keeps what prepares a target apart from the target, which it makes no other one', () => {
    const hooked = (name: string, hook: string): string =>
      `name: ${name}\ntargets: [{ type: http, url: 'http://127.0.0.1:1/', prepare: ${hook} }]`;
    const [policy] = loadConfig(file(hooked('cart', '{ type: exec, command: [start] }')), 'policy.yaml').services;
    expect(policy?.targets[0]).toMatchObject({
      adapter: { type: 'http' },
      prepare: { type: 'exec', command: ['start'] },
    });
    expect(policy?.targets[0]?.adapter).not.toHaveProperty('prepare');
    const wrong = loadConfig(file(hooked('cart', '{ type: haproxy }')), 'policy.yaml').invalid;
    expect(JSON.stringify(wrong)).toContain('services[0].targets[0].prepare.type');
  });

  test('is plain data that a run can carry', () => {
    const [policy] = loadConfig(file(STANZA), 'policy.yaml').services;
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
  });

  test.each([
    { text: 'services: {', says: 'is invalid: line 1' },
    { text: file(STANZA).replace('v1', 'v2'), says: 'apiVersion: must be phased-rollback/v1' },
    {
      text: file('name: cart'),
      says: 'its policy is invalid: line 3, services[0].targets: is missing; it must be a list',
    },
  ])('that is not there says why: $says', ({ text, says }) => {
    const found = policyFor(loadConfig(text, 'policy.yaml'), 'prod', 'cart');
    expect(found).toMatchObject({ ok: false, error: expect.stringContaining(says) as string });
  });
});

describe('durations', () => {
  test('are written so that they read back the same', () => {
    fc.assert(fc.property(fc.nat(1_000_000_000), (ms) => expect(parseDuration(formatDuration(ms))).toBe(ms)));
  });
});

describe('the JSON Schema for editors', () => {
  const text = JSON.stringify(policyJsonSchema());

  test('knows our keys, those of the adapters, and that there are no others', () => {
    for (const key of ['longestBake', 'blameWindow', 'slowerThan', 'apiVersion', 'sha256'])
      expect(text).toContain(`"${key}"`);
    const { additionalProperties } = JSON.parse(text) as { additionalProperties: unknown };
    expect(additionalProperties).toBe(false);
  });

  test('says what keys mean and what their defaults are', () => {
    expect(text).toContain('watching after everything is back; by default 10m');
  });
});
