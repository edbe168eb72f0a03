const { figure, inRounds, until } = require('../harness');
const { whereTimeWent } = require('../history');
const { historyOf, onStage, ready, refOf, servicesFor, shiftsOf } = require('../stage');
const { alert } = require('../../test/crash/support/people');

/** From the moment an alert is sent until the first target has another weight, capacity made ready on the way. */
async function firstWeight({ rounds, say, server }) {
  const services = servicesFor(rounds, { interval: '1s' });
  return onStage({ services, server }, async (lab) => {
    const all = await inRounds(
      rounds,
      async (index) => {
        const { name } = services[index];
        await ready(lab, name);
        const sentAt = Date.now();
        await alert(lab, name);
        const acceptedAt = Date.now();
        const first = await until('a weight moves', () => shiftsOf(lab, name)[0]);
        const where = whereTimeWent(await historyOf(lab, refOf(name)), first.at);
        return { totalMs: first.at - sentAt, acceptedMs: acceptedAt - sentAt, where };
      },
      say,
    );
    return {
      figures: [
        figure(
          'alert sent → first weight moved',
          'ms',
          all.map(({ totalMs }) => totalMs),
        ),
        figure(
          'alert sent → accepted',
          'ms',
          all.map(({ acceptedMs }) => acceptedMs),
        ),
      ],
      where: all.at(-1).where,
    };
  });
}

module.exports = [
  { name: 'first-weight', rounds: 20, run: (context) => firstWeight({ ...context, server: 'embedded' }) },
  {
    name: 'first-weight-postgresql',
    rounds: 20,
    long: true,
    run: (context) => firstWeight({ ...context, server: 'postgresql' }),
  },
];
