import { loadConfig } from '../../src/config';

function problemsWith(target: string): readonly string[] {
  const text = `apiVersion: phased-rollback/v1\nservices:\n  - name: checkout\n    targets: [${target}]\n`;
  const { invalid, problems } = loadConfig(text, 'policy.yaml');
  return [...problems, ...invalid.flatMap((entry) => entry.problems)].map(({ path, message }) => `${path}: ${message}`);
}

const BASE = '{ type: haproxy, address: 127.0.0.1:9999, backend: checkout';

describe('a haproxy target in a policy file', () => {
  test.each([
    `${BASE}, slots: { blue: [a1, a2], green: [b1, b2] } }`,
    `${BASE}, probe: { path: /version } }`,
    `${BASE}, slots: { blue: [a1], green: [b1] }, revisions: record }`,
    `${BASE}, slots: { blue: [a1], green: [b1] }, revisions: variable }`,
    `${BASE}, revisions: record }`,
    '{ type: haproxy, address: /run/haproxy/admin.sock, backend: b, slots: { blue: [a], green: [b] } }',
    "{ type: haproxy, address: ['lb1:9999', '[::1]:9999'], backend: b, slots: { blue: [a], green: [b] } }",
  ])('may be %s', (target) => expect(problemsWith(target)).toEqual([]));

  test.each([
    [`${BASE} }`, 'slots: is missing; name the servers of each slot'],
    [`${BASE}, slots: { blue: [a1] } }`, 'slots: needs two or more slots'],
    [`${BASE}, slots: { blue: [a1], green: [] } }`, 'slots.green: needs at least one server'],
    [`${BASE}, slots: { blue: [a1], green: [a1] } }`, 'slots.green[0]: "a1" is in slot blue already'],
    [`${BASE}, slots: { blue: [a1], green: ["b1; quit"] } }`, 'slots.green[0]: must be a name as in haproxy.cfg'],
    [`${BASE}, slot: { blue: [a1], green: [b1] } }`, 'slot: unknown key "slot"; did you mean "slots"?'],
    [`${BASE}, revisions: variable }`, 'slots: is missing; name the servers of each slot'],
    [`${BASE}, slots: { blue: [a1], green: [b1] }, revisions: recorded }`, 'did you mean "record"?'],
    [
      `${BASE}, revisions: record, probe: { path: / } }`,
      'revisions: "record" and a probe would be two answers to one question; leave one of them out',
    ],
    [`${BASE}, probe: { path: version } }`, 'probe.path: must begin with /'],
    [`${BASE}, probe: { path: /, header: x, json: y } }`, 'probe: takes "header" or "json", not both'],
    [`${BASE}, probe: { path: / }, granularity: units }`, 'granularity: unknown value "units"'],
    ['{ type: haproxy, address: 9999, backend: b, probe: { path: / } }', 'address: must be'],
    ['{ type: haproxy, address: localhost, backend: b, probe: { path: / } }', 'address: must be host:port'],
    [
      "{ type: haproxy, address: ['lb:1', 'lb:1'], backend: b, probe: { path: / } }",
      'address[1]: "lb:1" is there twice',
    ],
    ['{ type: haproxi, address: lb:1, backend: b }', 'did you mean "haproxy"?'],
  ])('is explained where it is wrong: %s', (target, message) =>
    expect(problemsWith(target).join('\n')).toContain(message),
  );
});
