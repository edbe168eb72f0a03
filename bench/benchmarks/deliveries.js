const { figure } = require('../harness');
const { onStage, ready, servicesFor } = require('../stage');
const { Sender, groupOf } = require('../../test/e2e/storm-support');

const AT_A_TIME = 50;
const SERVICES = 100;
const WARM_UP = 1_000;

/** Posts so many, fifty at a time; how long each took, and how many were answered each second. */
async function posted(sender, count, bodyOf) {
  const tookMs = [];
  let next = 0;
  const begun = process.hrtime.bigint();
  const lane = async () => {
    for (let index = next++; index < count; index = next++) {
      const before = performance.now();
      const { status } = await sender.deliver(bodyOf(index));
      if (status !== 202) throw new Error(`a delivery was answered ${status}`);
      tookMs.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return { tookMs, perSecond: count / (Number(process.hrtime.bigint() - begun) / 1e9) };
}

/** One gateway: many deliveries of one incident, and as many that each tell something new of one of a hundred services. */
async function deliveries({ rounds, say }) {
  const services = servicesFor(SERVICES).map((service) => ({ ...service, mode: 'ask' }));
  return onStage({ services }, async (lab) => {
    await ready(lab, services[0].name);
    const sender = new Sender(lab.gatewayUrl, AT_A_TIME);
    const startsAt = new Date().toISOString();
    const one = groupOf(services[0].name, 5, startsAt);
    await posted(sender, WARM_UP, () => one);
    const storm = await posted(sender, rounds, () => one);
    say(`${rounds} of one incident`);
    const news = await posted(sender, rounds, (index) =>
      groupOf(services[index % SERVICES].name, 1, new Date(Date.now() + index).toISOString()),
    );
    say(`${rounds} of as many`);
    sender.close();
    return {
      figures: [
        figure('deliveries of one incident', 'a second', [storm.perSecond], { better: 'more' }),
        figure('a delivery of one incident is answered', 'ms', storm.tookMs, { p99: true }),
        figure('deliveries that each tell something new', 'a second', [news.perSecond], { better: 'more' }),
        figure('a delivery that tells something new is answered', 'ms', news.tookMs, { p99: true }),
      ],
    };
  });
}

module.exports = [{ name: 'deliveries', rounds: 3_000, run: deliveries }];
