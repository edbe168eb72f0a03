const { figure, inRounds, until } = require('../harness');
const { REGIONS, historyOf, onStage, ready, refOf, servicesFor, shiftsOf, word } = require('../stage');
const { activitiesOf } = require('../history');
const { alert } = require('../../test/crash/support/people');

/** From `now`, said while a phase is watched, until the last target serves nothing but the old revision. */
async function now({ rounds, say }) {
  const services = servicesFor(rounds, { interval: '10s' });
  return onStage({ services }, async (lab) => {
    const all = await inRounds(
      rounds,
      async (index) => {
        const { name } = services[index];
        await ready(lab, name);
        await alert(lab, name);
        await until(
          'a phase is watched',
          async () => {
            const known = await historyOf(lab, refOf(name)).catch(() => undefined);
            return known && activitiesOf(known).some((activity) => activity.name === 'bake');
          },
          { everyMs: 50 },
        );
        const { saidAt, answeredMs } = await word(lab, refOf(name), 'now');
        const done = await until('all is back', () => {
          const whole = shiftsOf(lab, name).filter(({ to }) => to === 100);
          return whole.length === REGIONS.length ? whole.at(-1) : undefined;
        });
        return { movedMs: done.at - saidAt, answeredMs };
      },
      say,
    );
    return {
      figures: [
        figure(
          'now said → last weight moved',
          'ms',
          all.map(({ movedMs }) => movedMs),
        ),
        figure(
          'word said → answered',
          'ms',
          all.map(({ answeredMs }) => answeredMs),
        ),
      ],
    };
  });
}

module.exports = [{ name: 'now', rounds: 10, run: now }];
