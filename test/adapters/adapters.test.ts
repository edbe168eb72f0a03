import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { adapterSchemas, createAdapters, resolveSecret } from '../../src/adapters';
import { familyOf } from '../../src/adapters/kind';
import { checkKind } from '../../src/adapters/kinds';
import * as targets from '../../src/adapters/targets';
import { testDependencies } from './support/dependencies';

const adapters = createAdapters(testDependencies());
const TARGETS = Object.values(targets)
  .map(({ schema }) => schema.shape.type.value)
  .toSorted()
  .join(', ');
const target = (adapter: { type: string; [key: string]: unknown }) =>
  adapters.target({ name: 'eu', labels: {}, adapter });

describe('the table of adapters', () => {
  it.each([
    [() => target({ type: 'htpp' }), 'TARGET_MISCONFIGURED', 'unknown target type "htpp", did you mean "http"?'],
    [
      () => target({ type: 'mainframe' }),
      'TARGET_MISCONFIGURED',
      `unknown target type "mainframe"; there are ${TARGETS}`,
    ],
    [() => adapters.check({ type: 'prob' }), 'POLICY_INVALID', 'unknown check type "prob", did you mean "probe"?'],
    [
      () => adapters.notifier({ type: 'webhok' }),
      'POLICY_INVALID',
      'unknown notifier type "webhok", did you mean "webhook"?',
    ],
    [
      () => adapters.archive({ type: 'Directory' }),
      'POLICY_INVALID',
      'unknown archive type "Directory", did you mean "directory"?',
    ],
    [
      () => adapters.alertSource('alertmanger'),
      'POLICY_INVALID',
      'unknown alert source type "alertmanger", did you mean "alertmanager"?',
    ],
    [
      () => target({ type: 'constructor' }),
      'TARGET_MISCONFIGURED',
      `unknown target type "constructor"; there are ${TARGETS}`,
    ],
  ])('names an unknown type and the nearest there is (%#)', (make, code, message) => {
    expect(make).toThrow(expect.objectContaining({ code, message, retryable: false }));
  });

  it('lists every problem of a config with its place and no value of it', () => {
    const config = {
      type: 'http',
      url: 'http://user:pass@h/',
      secret: 'whsec_plain',
      colour: 'crimson',
      timeoutMs: 9_999,
    };
    const error = thrownBy(() => target(config));
    for (const place of ['url: ', 'secret: ', 'timeoutMs: ', 'colour']) expect(error.message).toContain(place);
    for (const value of ['pass@', 'whsec_plain', 'crimson']) expect(error.message).not.toContain(value);
  });

  it('makes a fake that is the same at every use, and another one for another registry', async () => {
    const config = { type: 'in-memory', revisions: { v42: 100, v41: 0 } };
    expect(target(config)).toBe(target(config));
    expect(createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter: config })).not.toBe(
      target(config),
    );
    const signal = new AbortController().signal;
    await adapters.archive({ type: 'in-memory' }).store('a', { b: 'c' }, signal);
    expect(await adapters.archive({ type: 'in-memory' }).load('a', signal)).toEqual({ b: 'c' });
  });

  it('finds an alert source by name, by name with a config, and by config', () => {
    const config = { type: 'alertmanager', causeFrom: { label: 'a', values: {} } };
    for (const source of [
      adapters.alertSource('alertmanager'),
      adapters.alertSource('pager', config),
      adapters.alertSource(config),
    ])
      expect(source.verify({ headers: {}, body: Buffer.from(''), receivedAt: 0 })).toMatchObject({ ok: true });
  });

  it('is made of strict schemas that a policy file can extend', () => {
    for (const union of Object.values(adapterSchemas)) {
      for (const option of union.options) {
        expect(option.extend({ more: option.shape.type }).safeParse({ type: 'nothing' }).success).toBe(false);
        expect(option.safeParse({ type: [...option.shape.type.values][0], unheardOf: 1 }).success).toBe(false);
      }
    }
  });

  it('does not compile with a schema that has no factory, or one for something else', () => {
    const schema = z.strictObject({ type: z.literal('a') });
    // @ts-expect-error it has no factory
    const incomplete = checkKind(schema);
    // @ts-expect-error its factory makes no check
    const other = checkKind(schema, () => 'made');
    expect([incomplete.schema, other.schema]).toEqual([schema, schema]);
  });

  it('has every type once', () => {
    const kind = checkKind(z.strictObject({ type: z.literal('a') }), () => ({
      run: () => Promise.reject(new Error()),
    }));
    const twice = () => familyOf({ called: 'check', code: 'POLICY_INVALID' }, { one: kind, other: kind });
    expect(twice).toThrow('two kinds of check are of type "a"');
  });
});

describe('secrets', () => {
  afterEach(() => {
    delete process.env['ADAPTERS_TEST_SECRET'];
  });

  it('come from the environment or a file, at every use anew', async () => {
    process.env['ADAPTERS_TEST_SECRET'] = 'one';
    expect(resolveSecret('${env:ADAPTERS_TEST_SECRET}')).toBe('one');
    process.env['ADAPTERS_TEST_SECRET'] = 'two';
    expect(resolveSecret('${env:ADAPTERS_TEST_SECRET}')).toBe('two');
    const folder = await mkdtemp(join(tmpdir(), 'secret-'));
    await writeFile(join(folder, 'token'), 'three\n');
    expect(resolveSecret(`\${file:${join(folder, 'token')}}`)).toBe('three');
    await rm(folder, { recursive: true });
  });

  it.each(['${env:ADAPTERS_TEST_SECRET}', '${file:/nowhere/at-all}'])('are missed by reference: %s', (reference) => {
    process.env['ADAPTERS_TEST_SECRET'] = '';
    expect(thrownBy(() => resolveSecret(reference))).toMatchObject({
      code: 'SECRET_MISSING',
      message: expect.stringContaining(reference),
    });
  });

  it('are never repeated when they were written down in place of a reference', () => {
    const error = thrownBy(() => resolveSecret('hunter2'));
    expect(error).toMatchObject({ code: 'SECRET_MISSING' });
    expect(error.message).not.toContain('hunter2');
  });
});

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
