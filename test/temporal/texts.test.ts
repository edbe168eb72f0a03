import pino from 'pino';
import { demandNewEnough } from '../../src/temporal/connect';
import { TemporalSetupError } from '../../src/temporal/errors';
import { explainConnectionError } from '../../src/temporal/explain-connection-error';
import { bridge } from '../../src/temporal/runtime-logger';
import { temporalSettings } from '../../src/temporal/settings';
import { parseVersionOutput, placeOf } from '../../src/temporal/versions';
import { removeFolders, settingsOnly } from './helpers';

afterAll(removeFolders);

test.each([
  [{ code: 5, message: '5 NOT_FOUND: Namespace x is not found.' }, 'NAMESPACE_MISSING', 'Namespace x does not exist'],
  [{ code: 7, message: 'Request unauthorized.' }, 'UNAUTHORIZED', 'Check TEMPORAL_API_KEY'],
  [{ code: 16, message: 'bad key' }, 'UNAUTHORIZED', 'Check TEMPORAL_API_KEY'],
  [{ code: 14, message: 'No connection established' }, 'ADDRESS_UNREACHABLE', 'Check TEMPORAL_ADDRESS'],
  [{ message: 'Failed to connect before the deadline' }, 'ADDRESS_UNREACHABLE', 'Check TEMPORAL_ADDRESS'],
  [
    { code: 4, message: '4 DEADLINE_EXCEEDED: Deadline exceeded after 5.0s' },
    'ADDRESS_UNREACHABLE',
    'Check TEMPORAL_ADDRESS',
  ],
  [{ code: 4, message: '4 DEADLINE_EXCEEDED: context deadline exceeded' }, 'NO_ANSWER_IN_TIME', 'was reached'],
  [{ message: 'self-signed certificate in chain' }, 'TLS_MISMATCH', 'Set TEMPORAL_TLS'],
  [{ message: 'something new' }, 'UNEXPECTED', 'something new'],
])('explains %j', (fields, code, text) => {
  const cause = Object.assign(new Error(fields.message), fields);
  const explained = explainConnectionError(cause, { address: 'temporal.example:7233' });
  expect(explained).toMatchObject({ code, cause, message: expect.stringContaining(text) });
  expect(explained.message).toContain('temporal.example:7233');
});

test('leaves an explained error as it is', () => {
  const error = new TemporalSetupError('PORT_TAKEN', 'Port 1 is taken');
  expect(explainConnectionError(error)).toBe(error);
});

test.each([
  ['1.28.9', 'older'],
  ['1.29.0', 'tested'],
  ['1.31.2', 'tested'],
  ['1.32.0-154', 'newer'],
  ['2.0.0', 'newer'],
  ['0.99.1', 'older'],
  ['devel', 'unknown'],
])('places server %s as %s', (version, place) => {
  expect(placeOf(version)).toBe(place);
});

test('refuses a cluster that is older than tested, and only that', () => {
  expect(() => demandNewEnough('1.28.1', 'a:1')).toThrow(expect.objectContaining({ code: 'SERVER_TOO_OLD' }));
  expect(() => demandNewEnough('1.40.0', 'a:1')).not.toThrow();
});

test.each([
  ['temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)', { version: '1.5.1', serverVersion: '1.29.1' }],
  ['temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)\n', { version: '0.0.0-DEV', serverVersion: '1.29.1' }],
  ['temporal version 0.10.0 (server 1.20)', undefined],
  ['', undefined],
])('reads %j', (output, versions) => {
  expect(parseVersionOutput(output)).toEqual(versions);
});

test('reads address, namespace and key from the environment; what is given wins', () => {
  const env = settingsOnly({
    TEMPORAL_ADDRESS: 'a:1',
    TEMPORAL_NAMESPACE: 'n',
    TEMPORAL_API_KEY: 'k',
  });
  expect(temporalSettings({ env })).toMatchObject({
    address: 'a:1',
    namespace: 'n',
    addressGiven: true,
    connectionOptions: { address: 'a:1', apiKey: 'k', tls: true },
  });
  expect(temporalSettings({ env, address: 'b:2', namespace: 'm' })).toMatchObject({ address: 'b:2', namespace: 'm' });
  expect(temporalSettings({ env, address: 'b:2', plain: true })).toEqual({
    address: 'b:2',
    namespace: 'default',
    addressGiven: true,
    connectionOptions: { address: 'b:2' },
  });
});

test('reports a certificate that cannot be read as a setting that is wrong', () => {
  const env = settingsOnly({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/no/such' });
  expect(() => temporalSettings({ env })).toThrow(
    expect.objectContaining({ code: 'SETTINGS_INVALID', message: expect.stringContaining('/no/such') }),
  );
});

test('logs data before text, errors as err, and never a task or its token', () => {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const logger = bridge(pino({ level: 'trace' }, stream));
  logger.warn('activity failed', { taskToken: 'c2VjcmV0', activityId: '1', error: new Error('broken') });
  logger.log('DEBUG', 'plain');
  logger.error('unreadable', { task: '{"taskToken":"c2VjcmV0"}', taskEncoded: 'CgZzZWNyZXQ=', activityType: 'shift' });
  expect(lines[0]).toMatchObject({ level: 40, msg: 'activity failed', activityId: '1', err: { message: 'broken' } });
  expect(lines[1]).toMatchObject({ level: 20, msg: 'plain' });
  expect(lines[2]).toMatchObject({ msg: 'unreadable', activityType: 'shift' });
  expect(JSON.stringify(lines)).not.toMatch(/c2VjcmV0|CgZzZWNyZXQ=/);
});
