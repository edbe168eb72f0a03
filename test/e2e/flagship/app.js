'use strict';
// A small service, as anybody would write one: it knows its revision, counts, and fails as often as the file says.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');

const [, , port, revision, faultsFile, host = '127.0.0.1'] = process.argv;
const BOUNDS = [0.05, 0.1, 0.5, Infinity];
const answered = { 200: 0, 500: 0 };
const within = BOUNDS.map(() => 0);
let seconds = 0;
let due = 0;

/** The share of requests that this revision fails now. */
function failing() {
  const shares = JSON.parse(readFileSync(faultsFile, 'utf8'));
  return shares[revision] ?? 0;
}

function count(code, took) {
  answered[code] += 1;
  seconds += took;
  BOUNDS.forEach((bound, index) => (within[index] += took <= bound ? 1 : 0));
}

function metrics() {
  const buckets = BOUNDS.map(
    (bound, index) =>
      `http_request_duration_seconds_bucket{le="${bound === Infinity ? '+Inf' : bound}"} ${within[index]}`,
  );
  return [
    '# TYPE http_requests_total counter',
    ...Object.entries(answered).map(([code, times]) => `http_requests_total{code="${code}"} ${times}`),
    '# TYPE http_request_duration_seconds histogram',
    ...buckets,
    `http_request_duration_seconds_sum ${seconds}`,
    `http_request_duration_seconds_count ${within.at(-1)}`,
    '',
  ].join('\n');
}

createServer((request, response) => {
  if (request.url === '/version') return response.end(revision);
  if (request.url === '/metrics') return response.end(metrics());
  const began = process.hrtime.bigint();
  due += failing();
  const fails = due >= 1;
  if (fails) due -= 1;
  response.writeHead(fails ? 500 : 200).end(fails ? 'sorry' : 'thanks');
  count(fails ? 500 : 200, Number(process.hrtime.bigint() - began) / 1e9);
}).listen(Number(port), host);
