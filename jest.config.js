const { homedir } = require('node:os');
const path = require('node:path');
require('./test/support/run-ts');
const { workers } = require('./test/support/when-there-is-room');

const crash = process.env.CRASH !== undefined;
const soak = process.env.SOAK !== undefined;

// The servers that suites start are mostly written in Go, small, and short-lived: what they would spend on collecting
// garbage at every doubling of a small heap is processor time that the machine has less of than memory.
process.env.GOGC ??= '400';
// Nor do they gain by a second thread of their own where several of them run side by side: handing work from one to
// another and looking for more cost them a sixth of what they need.
process.env.GOMAXPROCS ??= '1';

/** One real Temporal server, started by the global set-up, serves every suite that needs one. */
module.exports = {
  runtime: '<rootDir>/test/support/bare-runtime.js',
  testEnvironment: '<rootDir>/test/support/bare-environment.js',
  roots: ['<rootDir>/test'],
  testMatch: [crash ? '**/crash/**/*.test.ts' : '**/*.test.ts'],
  // Everything that is killed there needs a server and a machine of its own: npm run test:crash.
  testPathIgnorePatterns: crash ? (soak ? [] : ['/test/crash/soak', '/test/crash/steady']) : ['/test/crash/'],
  // Suites are compiled by `run-ts`, as their child processes are.
  transform: {},
  // Beside what else is made once for this user: how long each suite took.
  cacheDirectory: path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'phased-rollback', 'jest'),
  testSequencer: '<rootDir>/test/support/long-first.js',
  testTimeout: 60_000,
  // Of the suites that kill processes there is one at a time.
  maxWorkers: crash ? 1 : workers,
  setupFiles: ['<rootDir>/test/support/when-there-is-room.js'],
  ...(crash
    ? {}
    : {
        globalSetup: '<rootDir>/test/support/global-setup.ts',
        globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      }),
};
