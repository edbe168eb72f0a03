const { figure, inRounds, until } = require('../harness');
const { onStage, ready, refOf, servicesFor, untilView } = require('../stage');
const { alert } = require('../../test/crash/support/people');

/** The only worker is killed in mid-bake and started again at once. */
async function workerKilled({ rounds, say }) {
  const services = servicesFor(rounds, {}, 'vague');
  return onStage({ services }, async (lab) => {
    const all = await inRounds(
      rounds,
      async (index) => {
        const ref = refOf(services[index].name);
        await ready(lab, ref.service);
        await alert(lab, ref.service);
        await untilView(lab, ref, 'a phase is watched', ({ doing }) => doing === 'WATCHING');
        const handle = lab.connection.client.workflow.getHandle(`rollback/prod/${ref.service}/1`);
        const attemptOf = async () => {
          const { raw } = await handle.describe();
          const bake = (raw.pendingActivities ?? []).find(({ activityType }) => activityType.name === 'bake');
          return bake?.state === 2 ? bake.attempt : 0;
        };
        const before = await until('the bake runs', attemptOf);
        const killedAt = Date.now();
        await lab.kill('worker', 0);
        const since = () => Date.now() - killedAt;
        const answered = until('it answers', async () => (await lab.client.status(ref)).kind === 'live').then(since);
        const resumed = until('the bake goes on', async () => (await attemptOf()) > before).then(since);
        const result = { answeredMs: await answered, resumedMs: await resumed };
        await lab.whole();
        return result;
      },
      say,
    );
    return {
      figures: [
        figure(
          'worker killed → bake goes on',
          'ms',
          all.map(({ resumedMs }) => resumedMs),
        ),
        figure(
          'worker killed → status answers',
          'ms',
          all.map(({ answeredMs }) => answeredMs),
        ),
      ],
    };
  });
}

module.exports = [{ name: 'worker-killed', rounds: 5, run: workerKilled }];
