import fc from 'fast-check';
import { parseMetricText } from '../../../src/adapters/metric-providers/text-format';

const one = (line: string, isOpenMetrics = false): unknown => {
  const parsed = parseMetricText(`${line}\n${isOpenMetrics ? '# EOF\n' : ''}`, isOpenMetrics);
  return parsed.ok ? parsed.lines[0] : parsed.because;
};

describe('the reader of metrics pages', () => {
  it.each([
    ['up 1', { name: 'up', labels: {}, value: 1 }],
    ['up{} 1', { name: 'up', labels: {}, value: 1 }],
    ['ns:up{a="b",} 1.5e3', { name: 'ns:up', labels: { a: 'b' }, value: 1_500 }],
    ['up { a = "b" , c="d" }  2', { name: 'up', labels: { a: 'b', c: 'd' }, value: 2 }],
    ['up{a="say \\"hi\\"\\n\\\\"} 1', { name: 'up', labels: { a: 'say "hi"\n\\' }, value: 1 }],
    ['up{a="}, b=\\"# {"} 1', { name: 'up', labels: { a: '}, b="# {' }, value: 1 }],
    ['up{__proto__="x"} 1', { name: 'up', labels: { ['__proto__']: 'x' }, value: 1 }],
    ['up NaN', { name: 'up', labels: {}, value: Number.NaN }],
    ['up +Inf', { name: 'up', labels: {}, value: Infinity }],
    ['up -Inf', { name: 'up', labels: {}, value: -Infinity }],
    ['up 1 1795400905000', { name: 'up', labels: {}, value: 1, at: 1_795_400_905_000 }],
  ])('reads %j', (line, expected) => {
    expect(JSON.stringify(one(line))).toBe(JSON.stringify(expected));
    expect(one(line)).toMatchObject({ value: expected.value });
  });

  it('reads stamps in seconds, and passes over exemplars, where the page is OpenMetrics', () => {
    expect(one('up_total{a="b"} 17 1795400905.5 # {trace_id="x"} 0.67 1795400900', true)).toMatchObject({
      value: 17,
      at: 1_795_400_905_500,
    });
    expect(one('up_total 17 # {trace_id="x"} 0.67', true)).toMatchObject({ value: 17 });
  });

  it.each([
    'up',
    'up one',
    'up{a=b} 1',
    'up{a="b} 1',
    'up{a="b"',
    'up{a="b" c="d"} 1',
    'up{a="1",a="2"} 1',
    '1up 1',
    'up 0x10',
    'up 1 soon',
    '<html>',
    'up{a="b"}',
  ])('calls a page with %j unreadable as a whole', (line) =>
    expect(one(`good 1\n${line}`)).toBe('line 2 is not a sample'),
  );

  it('calls a page that shows a series twice unreadable rather than choosing', () => {
    expect(one('up{a="1",b="2"} 1\nup{b="2",a="1"} 2')).toBe('line 2 repeats up');
  });

  it('notices that an OpenMetrics page was cut off', () => {
    expect(parseMetricText('up 1\n', true)).toEqual({ ok: false, because: expect.stringContaining('cut off') });
  });

  it('reads back whatever labels and values are written', () => {
    const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);
    const escape = (value: string): string => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r]/.test(text));
    fc.assert(
      fc.property(name, fc.dictionary(name, value), fc.double({ noNaN: true }), (metric, labels, number) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
        const written = Number.isFinite(number) ? String(number) : number > 0 ? '+Inf' : '-Inf';
        const line = `${metric}{${pairs.join(',')}} ${written}`;
        expect(one(line)).toMatchObject({ name: metric, value: number + 0 });
        expect(JSON.stringify((one(line) as { labels: object }).labels)).toBe(JSON.stringify(labels));
      }),
    );
  });

  it('never throws, whatever the page is', () => {
    const mess = fc
      .array(fc.constantFrom('up', '{', '}', '"', '\\', '=', ',', ' ', '\n', '1', '#', 'a', '\u0000', 'NaN'))
      .map((parts) => parts.join(''));
    const page = fc.property(mess, fc.boolean(), (text, flag) => typeof parseMetricText(text, flag).ok === 'boolean');
    expect(fc.check(page).failed).toBe(false);
  });
});
