'use strict';
// Keeps today's histories as those of a version that is about to be released: they are replayed for ever after.
// Called as `npm run keep-histories -- 1.2.3`.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const [version, released = path.join(__dirname, '..', 'test', 'replay', 'released')] = process.argv.slice(2);
const histories = path.join(__dirname, '..', 'test', 'replay', 'histories');

if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) fail(`"${version ?? ''}" is no version: write it as 1.2.3`);
const folder = path.join(released, version);
if (fs.existsSync(folder)) fail(`${version} has its histories already; what is released is never changed`);

fs.mkdirSync(folder, { recursive: true });
const names = fs.readdirSync(histories).sort();
const sums = names.map((name) => {
  const bytes = fs.readFileSync(path.join(histories, name));
  fs.writeFileSync(path.join(folder, name), bytes);
  return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;
});
fs.writeFileSync(path.join(folder, 'SHA256SUMS'), sums.join(''));
process.stdout.write(`kept ${names.length} histories of ${version}; commit them with the release\n`);

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
