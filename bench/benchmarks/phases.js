const { figure, inRounds } = require('../harness');
const { actionsOf, betweenBakes } = require('../history');
const { historyOf, onStage, ready, refOf, servicesFor, untilView } = require('../stage');
const { alert } = require('../../test/crash/support/people');

/** As in the laboratory's policy: what throttles heartbeats is the smallest interval. */
const INTERVAL_MS = 250;

/** A whole rollback: what each phase costs besides its bake, and what all of it leaves in the history and on the bill. */
async function phases({ rounds, say }) {
  const services = servicesFor(rounds, { interval: `${INTERVAL_MS}ms`, pace: 'balanced' });
  return onStage({ services }, async (lab) => {
    const all = await inRounds(
      rounds,
      async (index) => {
        const { name } = services[index];
        await ready(lab, name);
        await alert(lab, name);
        const view = await untilView(lab, refOf(name), 'it ends', ({ end }) => end !== undefined);
        if (view.end.kind !== 'succeeded') throw new Error(`it ended otherwise: ${JSON.stringify(view.end)}`);
        const history = await historyOf(lab, refOf(name));
        return {
          between: betweenBakes(history),
          events: history.events.length,
          actions: actionsOf(history, INTERVAL_MS),
        };
      },
      say,
    );
    return {
      figures: [
        figure(
          'end of a bake → next bake begins',
          'ms',
          all.flatMap(({ between }) => between),
        ),
        figure(
          'phases of that rollback',
          'phases',
          all.map(({ between }) => between.length + 1),
        ),
        figure(
          'events of that rollback',
          'events',
          all.map(({ events }) => events),
        ),
        figure(
          'billable actions of that rollback, heartbeats aside',
          'actions',
          all.map(({ actions }) => actions.recorded),
        ),
      ],
    };
  });
}

module.exports = [{ name: 'phases', rounds: 3, run: phases }];
