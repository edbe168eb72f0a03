const { createRequire } = require('node:module');
const path = require('node:path');
const Runtime = require('jest-runtime').default;
const { sourceMaps } = require('./run-ts');

const TESTS = path.join(__dirname, '..', path.sep);
const RUNNER = path.join(path.dirname(require.resolve('jest-circus/package.json')), path.sep);

/** Whatever else is loaded stays for the suites that the same worker runs after this one. */
const isOfOneSuite = (file) => (file.startsWith(TESTS) && file.endsWith('.ts')) || file.startsWith(RUNNER);

/** What would need a world of its own says so, instead of doing nothing. */
const NOT_HERE = Object.fromEntries(
  ['mock', 'doMock', 'resetModules', 'isolateModules', 'isolateModulesAsync', 'useFakeTimers'].map((name) => [
    name,
    () => {
      throw new Error(`jest.${name} is not there: suites run in Node's own world, see test/support/bare-runtime.js`);
    },
  ]),
);

/**
 * Loads suites by Node's own `require`, in Node's own world. Jest makes a world for each of them and loads into it anew
 * all that the suite needs, which is half of the processor time of a short one. Here only tests, what supports them and
 * the state of the runner are new for each suite. So a module of the product may remember nothing that a test depends on.
 */
class BareRuntime extends Runtime {
  constructor(config, environment, ...others) {
    super(config, environment, ...others);
    for (const file of Object.keys(require.cache)) if (isOfOneSuite(file)) delete require.cache[file];
    environment.global.jest = { ...this.jestGlobals.jestObjectFor(this._testPath), ...NOT_HERE };
  }

  requireModule(from, name) {
    return createRequire(from)(name ?? from);
  }

  requireInternalModule(from, name) {
    return this.requireModule(from, name);
  }

  getSourceMaps() {
    return sourceMaps;
  }
}

module.exports = { __esModule: true, default: BareRuntime };
