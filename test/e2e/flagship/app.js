'use strict';
// A small service, as anybody would write one: it knows its revision and fails as often as the file says.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');

const [, , port, revision, faultsFile] = process.argv;
let due = 0;

/** The share of requests that this revision fails now. */
function failing() {
  const shares = JSON.parse(readFileSync(faultsFile, 'utf8'));
  return shares[revision] ?? 0;
}

createServer((request, response) => {
  if (request.url === '/version') return response.end(revision);
  due += failing();
  const fails = due >= 1;
  if (fails) due -= 1;
  response.writeHead(fails ? 500 : 200).end(fails ? 'sorry' : 'thanks');
}).listen(Number(port), '127.0.0.1');
