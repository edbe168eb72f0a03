'use strict';

// The deployment API that is to be asked: put your own in the place of this file. It tells of a service
//   GET    { "version": 7, "changedBy": "jane", "full": 4, "revisions": { "v42": { "weight": 100, "serving": 100, "ready": 4, "wanted": 4 } } }
// and takes other weights and numbers of instances where `If-Match` names the version that there is
//   PATCH  { "weights": { "v42": 75, "v41": 25 } } or { "wanted": { "v41": 4 } }
// `weight` is what was set last and `serving` what is served, `full` the instances that carry everything.
const { again, refused } = require('../exec-target');

class DeploymentApi {
  constructor({ url, token, withinMs }) {
    this.url = url;
    this.token = token;
    this.withinMs = Math.max(withinMs, 1);
  }

  read() {
    return this.ask('GET');
  }

  /** Throws `again()` where somebody has changed something since that version. */
  change(version, body) {
    return this.ask('PATCH', body, { 'if-match': String(version) });
  }

  async ask(method, body, more = {}) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...more };
    const signal = AbortSignal.timeout(this.withinMs);
    const sent = { method, headers, body: body && JSON.stringify(body), signal, redirect: 'error' };
    const response = await fetch(this.url, sent).catch((error) => {
      throw new Error('the deployment API does not answer', { cause: error });
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    // What it says may hold what it was given.
    const said = wordsOf(text).replaceAll(this.token, '***');
    if (response.status === 412) throw again();
    if (response.status === 401 || response.status === 403) throw refused('NOT_ALLOWED', said);
    if (response.status === 404) throw refused('OTHER', `the deployment API does not know the service: ${said}`);
    throw new Error(`the deployment API: HTTP ${response.status}: ${said}`);
  }
}

function wordsOf(text) {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text.slice(0, 300);
  }
}

module.exports = { DeploymentApi };
