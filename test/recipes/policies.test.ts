import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';

const RECIPES = join(__dirname, '..', '..', 'examples', 'recipes');
const POLICIES = readdirSync(RECIPES, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('policy.yaml'),
);

test.each(POLICIES)('the policy of %s is one that is taken as it is', (name) => {
  const { invalid, problems, services } = loadConfig(readFileSync(join(RECIPES, name), 'utf8'), name);
  expect([problems, invalid]).toEqual([[], []]);
  expect(services.length).toBeGreaterThan(0);
});
