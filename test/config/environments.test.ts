import { environmentFor, loadConfig, showConfig } from '../../src/config';

const file = (environments: string) => `apiVersion: phased-rollback/v1
environments: ${environments}
services:
  - name: checkout
    targets: [{ type: http, url: 'http://127.0.0.1:1/' }]
    notify: [{ type: log }, { type: webhook, url: 'https://chat.example/shop', secret: '\${env:CHAT}' }]
  - name: search
    targets: [{ type: http, url: 'http://127.0.0.1:2/' }]
    notify: [{ type: log }]
  - name: checkout
    environment: staging
    targets: [{ type: http, url: 'http://127.0.0.1:3/' }]
`;

function read(environments: string, name: string) {
  const found = environmentFor(loadConfig(file(environments), 'policy.yaml'), name);
  if (!found.ok) throw new Error(found.error);
  return found.policy;
}

describe('limits of automation', () => {
  test('are those of the table where the file says nothing, and each value of their own where it does', () => {
    const defaults = { automaticAtOnce: 2, commonCause: { services: 3, withinMs: 300_000 } };
    expect(read('{}', 'prod')).toMatchObject({ environment: 'prod', ...defaults });
    const named = '{ prod: { automaticAtOnce: 5, commonCause: { within: 10m } } }';
    expect(read(named, 'prod')).toMatchObject({ automaticAtOnce: 5, commonCause: { services: 3, withinMs: 600_000 } });
    expect(read(named, 'staging')).toMatchObject(defaults);
  });

  test('tell everybody whom the services of the environment name, each channel once, unless it names its own', () => {
    expect(read('{}', 'prod').notify.map(({ type }) => type)).toEqual(['log', 'webhook']);
    expect(read('{}', 'staging').notify).toEqual([{ type: 'log' }]);
    expect(read('{ prod: { notify: [{ type: log }] } }', 'prod').notify).toEqual([{ type: 'log' }]);
  });

  test.each([
    { text: '{ prod: { atOnce: 3 } }', problem: /environments\.prod.*atOnce/ },
    { text: '{ prod: { automaticAtOnce: -1 } }', problem: /environments\.prod\.automaticAtOnce/ },
    { text: '{ prod: { commonCause: { services: 1 } } }', problem: /services: must be 2 or more/ },
    { text: '{ prod: { commonCause: { within: 5 } } }', problem: /environments\.prod\.commonCause\.within/ },
    { text: '{ Prod: {} }', problem: /environments/ },
  ])('are not guessed where they are wrong: $text', ({ text, problem }) => {
    const loaded = loadConfig(file(text), 'policy.yaml');
    expect(loaded.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([expect.stringMatching(problem)]);
    expect(environmentFor(loaded, 'prod')).toMatchObject({ ok: false, error: expect.stringMatching(/^line \d+, env/) });
    expect(loaded.services).toHaveLength(3);
  });

  test('are shown with where they come from', () => {
    const shown = showConfig(loadConfig(file('{ prod: { automaticAtOnce: 5 } }'), 'policy.yaml'));
    expect(shown).toContainEqual({ path: 'environment prod automaticAtOnce', value: '5', from: 'line 2' });
    expect(shown).toContainEqual({ path: 'environment prod commonCause.within', value: '5m', from: 'default' });
    expect(shown).toContainEqual({ path: 'environment staging automaticAtOnce', value: '2', from: 'default' });
  });
});
