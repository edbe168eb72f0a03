const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { figure, inRounds, until } = require('../harness');
const { onStage, servicesFor } = require('../stage');
const { freePort } = require('../../dist/temporal');

const CLI = join(__dirname, '..', '..', 'bin', 'phased-rollback.js');

/** From the start of a process until it does its work: a worker polls, a gateway listens. */
async function startUp({ rounds, say }) {
  return onStage({ services: servicesFor(1), processes: 'none' }, async (lab) => {
    const started = async (command, portFlag) => {
      const port = await freePort();
      const line = [CLI, command, '--config', lab.configPath, '--address', lab.address, portFlag, String(port)];
      const startedAt = Date.now();
      const child = spawn(process.execPath, line, { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      try {
        const well = () =>
          fetch(`http://127.0.0.1:${port}/healthz`).then(
            (answer) => answer.ok,
            () => false,
          );
        await until(`the ${command} serves`, well);
        return Date.now() - startedAt;
      } finally {
        child.kill('SIGKILL');
        await ended;
      }
    };
    const workers = await inRounds(rounds, () => started('worker', '--health-port'), say);
    const gateways = await inRounds(rounds, () => started('gateway', '--port'), say);
    return {
      figures: [
        figure('worker started → it polls', 'ms', workers),
        figure('gateway started → it listens', 'ms', gateways),
      ],
    };
  });
}

module.exports = [{ name: 'start-up', rounds: 5, run: startUp }];
