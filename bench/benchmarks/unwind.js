const { figure, inRounds, until } = require('../harness');
const { onStage, ready, refOf, servicesFor, shiftsOf, untilView, word } = require('../stage');
const { alert } = require('../../test/crash/support/people');

/** From `unwind`, said while a phase is watched, until the suspect has its traffic again, and until the report is there. */
async function unwind({ rounds, say }) {
  const services = servicesFor(rounds, {}, 'vague');
  return onStage({ services }, async (lab) => {
    const all = await inRounds(
      rounds,
      async (index) => {
        const ref = refOf(services[index].name);
        await ready(lab, ref.service);
        await alert(lab, ref.service);
        await untilView(lab, ref, 'a phase is watched', ({ doing }) => doing === 'WATCHING');
        const { saidAt } = await word(lab, ref, 'unwind');
        const back = await until('all is as before', () => shiftsOf(lab, ref.service).findLast(({ to }) => to === 0));
        await untilView(lab, ref, 'it ends', ({ end }) => end !== undefined);
        return { movedMs: back.at - saidAt, endedMs: Date.now() - saidAt };
      },
      say,
    );
    return {
      figures: [
        figure(
          'unwind said → weight back',
          'ms',
          all.map(({ movedMs }) => movedMs),
        ),
        figure(
          'unwind said → ended',
          'ms',
          all.map(({ endedMs }) => endedMs),
        ),
      ],
    };
  });
}

module.exports = [{ name: 'unwind', rounds: 5, run: unwind }];
