import { nearest } from '../../../src/domain/plan';

describe('the word that was probably meant', () => {
  test.each([
    { word: 'ulr', options: ['type', 'url'], meant: 'url' },
    { word: 'targts', options: ['target', 'targets'], meant: 'targets' },
    { word: 'PACE', options: ['pace', 'name'], meant: 'pace' },
    { word: 'intervall', options: ['interval'], meant: 'interval' },
    { word: 'banana', options: ['interval', 'name'], meant: undefined },
    { word: 'xyz', options: ['url'], meant: undefined },
    { word: 'eu', options: [], meant: undefined },
    { word: '', options: ['eu'], meant: undefined },
  ])('for "$word" among $options is $meant', ({ word, options, meant }) => {
    expect(nearest(word, options)).toBe(meant);
  });
});
