#!/usr/bin/env node
'use strict';

// A flag of LaunchDarkly as a target of phased-rollback: the rollout of its default rule is the share.
//   target.js --project shop --flag checkout --environment production [--api https://app.launchdarkly.com]
// LAUNCHDARKLY_ACCESS_TOKEN may write the flag. The revisions are the names of its variations.
const { isDeepStrictEqual } = require('node:util');
const { again, options, refused, serve, timeLeft } = require('../exec-target');
const { namesOf, noteOf, patchFor, readingOf, whyNot } = require('./flag');
const { InvalidRequest, LaunchDarkly } = require('./launchdarkly-api');

class Flag {
  constructor(request, { project, flag, environment, api }) {
    this.environment = environment;
    const withinMs = Math.max(timeLeft(request), 1);
    const token = process.env.LAUNCHDARKLY_ACCESS_TOKEN;
    this.launchDarkly = new LaunchDarkly({ api, token, project, flag, environment, withinMs });
  }

  async read() {
    const flag = await this.launchDarkly.flag();
    const config = flag.environments[this.environment];
    return { ...readingOf(flag, config), record: noteOf(flag, this.environment), flag, config };
  }

  problem({ from, to }, { flag, config, weights }) {
    const names = namesOf(flag);
    const unknown = [from, to].find((revision) => !names.includes(revision));
    if (unknown !== undefined) {
      const detail = `${flag.key} has no variation ${unknown} (there are: ${names.join(', ')})`;
      return { code: 'REVISION_UNKNOWN', detail };
    }
    const third = names.find((name) => weights[name] > 0 && name !== from && name !== to);
    if (third !== undefined) return { code: 'THIRD_REVISION', detail: `${third} is served, too` };
    const detail = whyNot(config);
    return detail === undefined ? undefined : { code: 'UNSUPPORTED_SHAPE', detail };
  }

  async write({ revision, desired }, record, seen) {
    const { flag, config } = seen;
    const { environment } = this;
    const patch = patchFor({ flag, config, environment, revision, percent: desired.weight, record });
    await this.launchDarkly.change(patch, `${record.rollback}: ${record.wish}`).catch(async (error) => {
      throw error instanceof InvalidRequest ? await this.whyInvalid(error, seen) : error;
    });
  }

  /** The answer is the same where somebody was quicker and where LaunchDarkly does not want the change at all. */
  async whyInvalid({ message }, seen) {
    const now = await this.read();
    if (now.config.version !== seen.config.version || !isDeepStrictEqual(now.record, seen.record)) return again();
    const wayOut = 'cancel the scheduled change or the request for approval that is in its way, then retry';
    return refused('OTHER', `LaunchDarkly does not take the change: ${message}`, wayOut);
  }
}

const names = ['project', 'flag', 'environment', 'api'];
const given = options(names, { api: 'https://app.launchdarkly.com' });
void serve((request) => new Flag(request, given));
