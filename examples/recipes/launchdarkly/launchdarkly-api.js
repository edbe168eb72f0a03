'use strict';

// The part of LaunchDarkly's REST API that is needed, https://launchdarkly.com/docs/api.
const { again, refused } = require('../exec-target');

const NOT_LET_IN = [401, 403, 405];

/** Also where a change comes too late, or would make one fail that is planned or waits to be approved. */
class InvalidRequest extends Error {}

class LaunchDarkly {
  constructor({ api, token, project, flag, environment, withinMs }) {
    if (!token) throw refused('NOT_ALLOWED', 'LAUNCHDARKLY_ACCESS_TOKEN is not set');
    const [projectKey, flagKey, env] = [project, flag, environment].map(encodeURIComponent);
    this.url = `${api}/api/v2/flags/${projectKey}/${flagKey}`;
    this.ofEnvironment = `?env=${env}`;
    this.environment = environment;
    this.headers = { authorization: token, 'content-type': 'application/json' };
    this.withinMs = withinMs;
  }

  async flag() {
    const flag = await this.ask('GET', this.ofEnvironment);
    if (flag?.environments?.[this.environment] === undefined)
      throw new Error(`LaunchDarkly answers without the environment ${this.environment}`);
    return flag;
  }

  change(patch, comment) {
    return this.ask('PATCH', '', { comment, patch });
  }

  async ask(method, query, body) {
    const signal = AbortSignal.timeout(this.withinMs);
    const sent = { method, headers: this.headers, body: body && JSON.stringify(body), signal, redirect: 'error' };
    const response = await fetch(this.url + query, sent).catch((error) => {
      throw new Error('LaunchDarkly does not answer', { cause: error });
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    const said = wordsOf(text);
    if (NOT_LET_IN.includes(response.status)) throw refused('NOT_ALLOWED', said);
    if (response.status === 400) throw new InvalidRequest(`HTTP 400: ${said}`);
    if (response.status === 404) throw refused('OTHER', `LaunchDarkly does not know the flag: ${said}`);
    if (response.status === 409 || response.status === 429) throw again(1);
    throw new Error(`LaunchDarkly: HTTP ${response.status}: ${said}`);
  }
}

function wordsOf(text) {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text.slice(0, 300);
  }
}

module.exports = { InvalidRequest, LaunchDarkly };
