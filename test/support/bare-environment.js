const { ModuleMocker } = require('jest-mock');

/** Node's own world for a suite. What one leaves behind in it, the next one does not find: see `bare-runtime.js`. */
module.exports = class BareEnvironment {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  // Nobody fakes time here: timers and processes of others would not know of it.
  fakeTimers = null;
  fakeTimersModern = null;
  #env = { ...process.env };
  #exit = Object.getOwnPropertyDescriptor(process, 'exit');

  getVmContext() {
    return null;
  }

  async setup() {}

  async teardown() {
    this.moduleMocker.restoreAllMocks();
    Object.defineProperty(process, 'exit', this.#exit);
    for (const name of Object.keys(process.env)) if (!(name in this.#env)) delete process.env[name];
    Object.assign(process.env, this.#env);
    await forgetRuntime();
  }
};

/** Each suite installs the SDK's runtime as it needs it, and there may be one at a time. */
async function forgetRuntime() {
  const sdk = require.cache[require.resolve('@temporalio/worker')];
  if (sdk !== undefined) await sdk.exports.Runtime.instance().shutdown();
}
