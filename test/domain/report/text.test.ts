import fc from 'fast-check';
import { count, failed, percent, plain, wrap } from '../../../src/domain/report/text';

describe('text for people', () => {
  it.each([
    ['a terminal escape', '\u001b[2Jgone\u001b[0m', ' [2Jgone [0m'],
    ['line ends', 'a\r\nb\u2028c', 'a b c'],
    ['a hidden change of direction', 'v41\u202egnp', 'v41gnp'],
  ])('makes %s harmless', (_, text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plain(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1_204, '1,204'],
    [23_600_123, '23,600,123'],
    [-1_204, '-1,204'],
  ])('groups %i by thousands', (value, text) => {
    expect(count(value)).toBe(text);
  });

  it.each([
    [0, '0 %'],
    [0.0004, '0.04 %'],
    [0.002, '0.2 %'],
    [0.051, '5.1 %'],
    [0.38, '38 %'],
    [1, '100 %'],
  ])('says the share %d with the decimals that tell it from nothing', (share, text) => {
    expect(percent(share)).toBe(text);
  });

  it('does not divide by no requests', () => {
    expect(failed({ requests: 0, bad: 0 })).toBe('no requests');
  });

  it('breaks lines at spaces and loses no word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
        fc.integer({ min: 12, max: 60 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width);
          expect(lines.every((line) => line.length <= width)).toBe(true);
          expect(lines.join(' ')).toBe(words.join(' '));
        },
      ),
    );
  });
});
