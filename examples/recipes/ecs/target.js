#!/usr/bin/env node
'use strict';

// Two services of AWS ECS behind one rule of an Application Load Balancer: the weights of their target groups are the share.
//   target.js --cluster prod --services checkout-blue,checkout-green --rule arn:aws:elasticloadbalancing:… --fence FILE
// It needs @aws-sdk/client-ecs and @aws-sdk/client-elastic-load-balancing-v2 beside it, and finds region and credentials
// as the AWS SDK does. A revision is the tag of the image that a service's first container runs.
const {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  UpdateServiceCommand,
} = require('@aws-sdk/client-ecs');
const {
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} = require('@aws-sdk/client-elastic-load-balancing-v2');
const { asking } = require('../aws-errors');
const { options, refused, serve } = require('../exec-target');
const { alone, readEffects, writeFence } = require('../fence-file');
const { actionsWith, asAsked, forwardOf, readingOf, revisionOf, weightsFor, whyNot } = require('./weights');

class Services {
  constructor(request, { cluster, services, rule, fence }) {
    this.request = request;
    this.cluster = cluster;
    this.names = services.split(',');
    this.rule = rule;
    this.fence = fence;
    this.ecs = new ECSClient({ maxAttempts: 2 });
    this.balancer = new ElasticLoadBalancingV2Client({ maxAttempts: 2 });
  }

  async read() {
    const { operation } = this.request;
    if (operation === 'shift' || operation === 'prepare') await (this.turn ??= alone(this.fence));
    const { record, prepared } = readEffects(this.fence);
    const [actions, services] = await Promise.all([this.actions(), this.services()]);
    const reading = readingOf(actions, services);
    const weights = asAsked(reading.weights, record?.asked);
    return { ...reading, weights, record, prepared, actions, services };
  }

  async actions() {
    const { Rules = [] } = await asking(() => this.balancer.send(new DescribeRulesCommand({ RuleArns: [this.rule] })));
    const actions = Rules[0]?.Actions ?? [];
    if (forwardOf(actions) === undefined) throw refused('UNSUPPORTED_SHAPE', 'the rule forwards to no target groups');
    return actions;
  }

  async services() {
    const asked = { cluster: this.cluster, services: this.names };
    const { services = [], failures = [] } = await asking(() => this.ecs.send(new DescribeServicesCommand(asked)));
    if (failures.length > 0) throw refused('OTHER', `${failures[0].arn}: ${failures[0].reason}`);
    return Promise.all(services.map((service) => this.look(service)));
  }

  async look({ serviceName, taskDefinition, desiredCount, runningCount, loadBalancers, deployments }) {
    const group = loadBalancers[0]?.targetGroupArn;
    if (group === undefined) throw refused('UNSUPPORTED_SHAPE', `${serviceName} is in no target group`);
    const [definition, health] = await Promise.all([
      asking(() => this.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))),
      asking(() => this.balancer.send(new DescribeTargetHealthCommand({ TargetGroupArn: group }))),
    ]);
    const healthy = health.TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth.State === 'healthy');
    return {
      name: serviceName,
      revision: revisionOf(definition.taskDefinition.containerDefinitions[0].image),
      group,
      desired: desiredCount,
      ready: Math.min(runningCount, healthy.length),
      deploying: deployments.length > 1,
    };
  }

  problem(pair, now) {
    return whyNot(this.request, now);
  }

  /** Starts tasks of the one revision, and stops none of the other. */
  async prepare({ revision, desired }, prepared, { services, full, record }) {
    writeFence(this.fence, { ...record, prepared });
    const { name, desired: has } = services.find((service) => service.revision === revision.to);
    const desiredCount = Math.ceil((desired.weight / 100) * full);
    if (has >= desiredCount) return false;
    const update = { cluster: this.cluster, service: name, desiredCount };
    await asking(() => this.ecs.send(new UpdateServiceCommand(update)));
    return true;
  }

  async write({ revision, desired }, record, { actions, services, prepared }) {
    const group = (name) => services.find((service) => service.revision === name).group;
    const [from, to] = weightsFor(desired.weight);
    const TargetGroups = [
      { TargetGroupArn: group(revision.from), Weight: from },
      { TargetGroupArn: group(revision.to), Weight: to },
    ];
    const asked = { [revision.from]: 100 - desired.weight, [revision.to]: desired.weight };
    writeFence(this.fence, { ...record, asked, prepared, begun: true });
    const change = { RuleArn: this.rule, Actions: actionsWith(actions, TargetGroups) };
    await asking(() => this.balancer.send(new ModifyRuleCommand(change)));
    writeFence(this.fence, { ...record, asked, prepared });
  }
}

const given = options(['cluster', 'services', 'rule', 'fence']);
void serve((request) => new Services(request, given));
