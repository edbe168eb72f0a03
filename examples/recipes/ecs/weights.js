'use strict';

// What a rule and the services behind it say and what they should say; nothing here asks AWS.
const { tagOf } = require('../image');

/** Largest weight of a target group. */
const LARGEST = 999;
/** In percent: more than weights may be off. */
const CLOSE = 0.06;
const TINY = 1e-9;

/** An image without a tag is known by its name. */
const revisionOf = (image) => tagOf(image) ?? image.slice(image.lastIndexOf('/') + 1);

const forwardOf = (actions) => actions.find(({ Type }) => Type === 'forward');

function groupsOf(actions) {
  const { ForwardConfig, TargetGroupArn } = forwardOf(actions);
  return ForwardConfig?.TargetGroups ?? [{ TargetGroupArn, Weight: 1 }];
}

/** A group that is none of the services' is told by its own name. */
function readingOf(actions, services) {
  const groups = groupsOf(actions);
  const total = groups.reduce((sum, { Weight = 1 }) => sum + Weight, 0);
  const weights = Object.fromEntries(services.map(({ revision }) => [revision, 0]));
  for (const { TargetGroupArn, Weight = 1 } of groups) {
    const own = services.find(({ group }) => group === TargetGroupArn)?.revision ?? TargetGroupArn;
    weights[own] = (weights[own] ?? 0) + (total === 0 ? 0 : rounded((Weight / total) * 100));
  }
  const full = Math.max(1, ...services.map(({ desired }) => desired));
  return {
    weights,
    full,
    capacity: Object.fromEntries(services.map(({ revision, ready }) => [revision, (ready / full) * 100])),
    instances: Object.fromEntries(services.map(({ revision, ready }) => [revision, ready])),
  };
}

/** Why the move could not be made; undefined where it could. */
function whyNot({ operation, revision, desired }, { weights, services, actions }) {
  const { from, to } = revision;
  const unknown = [from, to].find((name) => !services.some((service) => service.revision === name));
  if (unknown !== undefined) {
    const run = services.map((service) => `${service.name} runs ${service.revision}`).join(', ');
    return { code: 'REVISION_UNKNOWN', detail: `no service runs ${unknown} (${run})` };
  }
  const third = Object.keys(weights).find((name) => weights[name] > 0 && name !== from && name !== to);
  if (third !== undefined) return { code: 'THIRD_REVISION', detail: `the rule sends traffic to ${third}, too` };
  const deploying = services.find((service) => service.deploying);
  if (deploying !== undefined)
    return { code: 'REVISION_MIXED', detail: `${deploying.name} has a deployment that has not ended` };
  if (forwardOf(actions).ForwardConfig?.TargetGroupStickinessConfig?.Enabled)
    return { code: 'UNSUPPORTED_SHAPE', detail: 'the rule keeps clients at their target group: end that, then retry' };
  if (operation !== 'shift') return undefined;
  const serves = (name, percent) => percent > 0 && services.find((service) => service.revision === name).ready === 0;
  const empty = serves(to, desired.weight) ? to : serves(from, 100 - desired.weight) ? from : undefined;
  return empty === undefined ? undefined : { code: 'NO_CAPACITY', detail: `no healthy task runs ${empty}` };
}

/** The smallest weights of two groups that come closest to that share, of the one that goes and the one that comes. */
function weightsFor(percent) {
  let best = { error: Infinity, total: 1, to: 0 };
  for (let total = 1; total <= LARGEST; total += 1) {
    const to = Math.round((percent / 100) * total);
    const error = Math.abs((to / total) * 100 - percent);
    if (error < best.error - TINY) best = { error, total, to };
  }
  return [best.total - best.to, best.to];
}

/** Shares that weights can only come close to are told as they were asked for. */
function asAsked(weights, asked = {}) {
  const isClose = Object.keys(weights).every((name) => Math.abs(weights[name] - (asked[name] ?? 0)) < CLOSE);
  return isClose ? { ...weights, ...asked } : weights;
}

/** Everything else that the rule does stays, such as whom it lets in. */
function actionsWith(actions, TargetGroups) {
  return actions.map(({ ForwardConfig, ...action }) =>
    action.Type === 'forward'
      ? { ...action, TargetGroupArn: undefined, ForwardConfig: { ...ForwardConfig, TargetGroups } }
      : action,
  );
}

const rounded = (percent) => Math.round(percent * 10_000) / 10_000;

module.exports = { actionsWith, asAsked, forwardOf, readingOf, revisionOf, weightsFor, whyNot };
