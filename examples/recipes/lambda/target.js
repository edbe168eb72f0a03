#!/usr/bin/env node
'use strict';

// An alias of an AWS Lambda function as a target of phased-rollback: the weights of its two versions are the share.
//   target.js --function checkout --alias live [--version version|description]
// It needs @aws-sdk/client-lambda beside it, and finds region and credentials as the AWS SDK does.
const {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
} = require('@aws-sdk/client-lambda');
const { asking } = require('../aws-errors');
const { again, options, refused, serve } = require('../exec-target');
const { describedBy, MOST_CHARACTERS, readingOf, recordOf, routingFor } = require('./alias');

const LATEST = '$LATEST';

class Alias {
  constructor(request, given) {
    this.request = request;
    this.name = { FunctionName: given.function, Name: given.alias };
    this.by = given.version;
    this.lambda = new LambdaClient({ maxAttempts: 2 });
  }

  async read() {
    const [alias, names] = await Promise.all([this.send(new GetAliasCommand(this.name)), this.names()]);
    return { ...readingOf(alias, names), record: recordOf(alias.Description), alias, names };
  }

  /** What phased-rollback calls each version, by its number. */
  async names() {
    const names = new Map();
    const { FunctionName } = this.name;
    const pages = paginateListVersionsByFunction({ client: this.lambda }, { FunctionName });
    await asking(async () => {
      for await (const { Versions = [] } of pages)
        for (const { Version, Description } of Versions)
          if (Version !== LATEST) names.set(Version, this.by === 'description' ? Description || Version : Version);
    });
    return names;
  }

  async problem({ from, to }, { weights, names }) {
    const known = [...names.values()];
    const unknown = [from, to].find((revision) => !known.includes(revision));
    if (unknown !== undefined)
      return { code: 'REVISION_UNKNOWN', detail: `${this.name.FunctionName} has no ${this.by} ${unknown}` };
    const third = Object.keys(weights).find((name) => weights[name] > 0 && name !== from && name !== to);
    if (third !== undefined) return { code: 'THIRD_REVISION', detail: `${third} is neither ${from} nor ${to}` };
    const Qualifier = numberOf(to, names);
    const { State, StateReason } = await this.send(
      new GetFunctionConfigurationCommand({ FunctionName: this.name.FunctionName, Qualifier }),
    );
    if (State === undefined || State === 'Active') return undefined;
    return { code: 'NO_CAPACITY', detail: `version ${Qualifier} is ${State}: ${StateReason ?? 'invoke it once'}` };
  }

  /** Share and record change together, and only where the alias is as it was read. */
  async write({ revision, desired }, record, { alias, names }) {
    const Description = describedBy(alias.Description, record);
    if (Description.length > MOST_CHARACTERS) {
      const detail = `the alias has a description that leaves no room for "${describedBy('', record)}": shorten it`;
      throw refused('UNSUPPORTED_SHAPE', detail);
    }
    const routing = routingFor(numberOf(revision.from, names), numberOf(revision.to, names), desired.weight);
    const update = { ...this.name, ...routing, Description, RevisionId: alias.RevisionId };
    try {
      await this.send(new UpdateAliasCommand(update));
    } catch (error) {
      if (error.name === 'PreconditionFailedException') throw again();
      throw error;
    }
  }

  send(command) {
    return asking(() => this.lambda.send(command));
  }
}

/** The newest one of that name. */
function numberOf(revision, names) {
  const numbers = [...names].filter(([, name]) => name === revision).map(([number]) => Number(number));
  return String(Math.max(...numbers));
}

const given = options(['function', 'alias', 'version'], { version: 'version' });
void serve((request) => new Alias(request, given));
