import fc from 'fast-check';
import {
  formatAge,
  formatDuration,
  formatMinute,
  formatTime,
  formatUtc,
  formatWhen,
} from '../../../src/domain/report/time';

describe('time as text', () => {
  it('agrees with the platform for every instant of nine thousand years', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9999, 11, 31) }), (ms) => {
        expect(formatUtc(ms)).toBe(`${new Date(ms).toISOString().slice(0, 19)}Z`);
      }),
    );
  });

  it.each([
    ['the leap day of a leap century', Date.UTC(2000, 1, 29), '2000-02-29T00:00:00Z'],
    ['the day after February of a common century', Date.UTC(1900, 2, 1), '1900-03-01T00:00:00Z'],
    ['the last second before the epoch', -1_000, '1969-12-31T23:59:59Z'],
  ])('knows %s', (_, ms, text) => {
    expect(formatUtc(ms)).toBe(text);
  });

  it('names the day only when it is another one', () => {
    const noon = Date.UTC(2026, 10, 23, 12);
    expect(formatWhen(noon - 3_600_000, noon)).toBe('11:00:00Z');
    expect(formatWhen(noon - 13 * 3_600_000, noon)).toBe('2026-11-22 23:00:00Z');
    expect(formatTime(noon)).toBe('12:00:00Z');
    expect(formatMinute(noon)).toBe('12:00Z');
  });

  it.each([
    [-5, '0 ms'],
    [420, '420 ms'],
    [8_999, '8 s'],
    [60_000, '60 s'],
    [120_000, '2 min'],
    [125_000, '2 min 5 s'],
    [12_000_000, '3 h 20 min'],
    [187_200_000, '2 d 4 h'],
  ])('says %i ms in its two largest units', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('counts no milliseconds of what has just been', () => {
    expect([formatAge(-3), formatAge(999), formatAge(1_000)]).toEqual(['under 1 s', 'under 1 s', '1 s']);
  });
});
