import { parseLabels, parseName, parseServiceName, readPort, speaker } from '../../src/cli/names';

describe('names on the command line', () => {
  it('reads a service and one of its rollbacks', () => {
    expect(parseName('prod/checkout')).toEqual({ environment: 'prod', service: 'checkout' });
    expect(parseName('prod/checkout/7')).toEqual({ environment: 'prod', service: 'checkout', number: 7 });
  });

  it.each([
    '',
    'checkout',
    '/checkout',
    'prod/',
    'prod/checkout/',
    'prod/checkout/0',
    'prod/checkout/x',
    'prod/checkout/7/8',
    'Prod/checkout',
    "prod/check'out",
    'prod/a b',
    'prod/checkout/1e3',
    `prod/${'a'.repeat(64)}`,
  ])('refuses %p and says how to write one', (text) => {
    expect(() => parseName(text)).toThrow(
      expect.objectContaining({ exit: 2, message: expect.stringContaining(text) as string }),
    );
  });

  it('refuses the number of a rollback where the service is meant', () => {
    expect(() => parseServiceName('prod/checkout/7')).toThrow('prod/checkout');
  });

  it('reads labels, and values with an equals sign in them', () => {
    expect(parseLabels(['region=eu', 'query=a=b'])).toEqual({ region: 'eu', query: 'a=b' });
    expect(() => parseLabels(['region'])).toThrow('label=value');
    expect(() => parseLabels(['=eu'])).toThrow('label=value');
  });

  it('takes --by before the user of the shell, and needs one of them', () => {
    expect(speaker('bob', { USER: 'ada' })).toBe('bob');
    expect(speaker(undefined, { USER: 'ada' })).toBe('ada');
    expect(() => speaker(undefined, {})).toThrow('--by');
  });

  it.each(['0', '65536', 'x', '1.5'])('refuses %s as a port', (text) => {
    expect(() => readPort('--port', text)).toThrow('--port');
  });
});
