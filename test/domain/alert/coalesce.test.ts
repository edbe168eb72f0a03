import { batchLength, isSameNews, newsOf } from '../../../src/domain/alert/coalesce';
import { alert } from '../rollback/support/fixtures';

const NOW = 1_000_000;

describe('alerts that say the same', () => {
  it('is the same news whenever it was sent and received', () => {
    expect(newsOf(alert({ receivedAt: 1, sentAt: 1 }))).toBe(newsOf(alert({ receivedAt: 2, sentAt: 2 })));
  });

  it.each([
    ['another severity', { severity: 'warning' }],
    ['a resolve', { status: 'resolved' }],
    ['another revision to blame', { revision: 'v43' }],
    ['another label', { labels: { region: 'us' } }],
  ] as const)('is other news with %s', (_name, change) => {
    expect(newsOf(alert(change))).not.toBe(newsOf(alert()));
  });

  it.each([
    ['never told', undefined, false],
    ['on its way', { news: 'a' }, true],
    ['other news on its way', { news: 'b' }, false],
    ['just recorded', { news: 'a', recordedAt: NOW - 999 }, true],
    ['recorded a second ago', { news: 'a', recordedAt: NOW - 1_000 }, false],
    ['other news just recorded', { news: 'b', recordedAt: NOW }, false],
    ['recorded by a clock that was ahead', { news: 'a', recordedAt: NOW + 60_000 }, false],
  ])('told again, %s: recorded for itself or not', (_name, last, same) => {
    expect(isSameNews(last, 'a', NOW)).toBe(same);
  });

  it.each([
    ['all that fits', [10, 10, 10], 3],
    ['as many as are allowed', [1, 1, 1, 1, 1], 4],
    ['as many bytes as are allowed', [40, 40, 40], 2],
    ['one that is too large alone', [500, 1], 1],
  ])('go together into one call: %s', (_name, sizes, length) => {
    expect(batchLength(sizes, { messages: 4, bytes: 100 })).toBe(length);
  });
});
