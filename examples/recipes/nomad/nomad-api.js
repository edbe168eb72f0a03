'use strict';

// The part of Nomad's HTTP API that is needed, https://developer.hashicorp.com/nomad/api-docs.
const { again, refused } = require('../exec-target');

const TAKEN = Symbol('somebody has changed the job since');

class Nomad {
  constructor({ address, token, region, namespace, job, variable, withinMs }) {
    this.address = address;
    this.query = { namespace, ...(region ? { region } : {}) };
    this.headers = token ? { 'x-nomad-token': token } : {};
    this.job = `/v1/job/${encodeURIComponent(job)}`;
    this.variable = `/v1/var/${variable}`;
    this.withinMs = withinMs;
  }

  /** Everything that is known of the job, in one moment as far as Nomad goes. */
  async look() {
    const job = await this.found(this.job);
    const [{ Versions }, allocations, deployments] = await Promise.all(
      ['versions', 'allocations', 'deployments'].map((of) => this.found(`${this.job}/${of}`)),
    );
    return { job, versions: Versions, allocations, deployments };
  }

  async found(path) {
    const answer = await this.ask('GET', path);
    if (answer === undefined) throw refused('OTHER', `Nomad does not know ${path.slice('/v1/'.length)}`);
    return answer;
  }

  /** What is kept in the variable, and the index to change it by: 0 where there is none. */
  async kept() {
    const { Items, ModifyIndex } = (await this.ask('GET', this.variable)) ?? { ModifyIndex: 0 };
    return { items: Items, index: ModifyIndex };
  }

  /** Keeps that where nobody has changed it since; gives back the new index. */
  async keep(items, index) {
    const body = { Items: Object.fromEntries(Object.entries(items).map(([key, value]) => [key, String(value)])) };
    return (await this.ask('PUT', this.variable, body, { cas: String(index) })).ModifyIndex;
  }

  /** Makes that the newest version, with as many instances as there are; false where somebody was quicker. */
  async submit(job, index) {
    const wish = { Job: job, PreserveCounts: true, EnforceIndex: true, JobModifyIndex: index };
    return (await this.ask('PUT', '/v1/jobs', wish)) !== TAKEN;
  }

  promote(deployment) {
    return this.ask('PUT', `/v1/deployment/promote/${deployment}`, { DeploymentID: deployment, All: true });
  }

  /** The answer; undefined where there is no such thing. */
  async ask(method, path, body, more = {}) {
    const url = `${this.address}${path}?${new URLSearchParams({ ...this.query, ...more })}`;
    const signal = AbortSignal.timeout(Math.max(this.withinMs(), 1));
    const sent = { method, headers: this.headers, body: body && JSON.stringify(body), signal, redirect: 'error' };
    const response = await fetch(url, sent).catch((error) => {
      throw new Error('Nomad does not answer', { cause: error });
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text || 'null');
    if (response.status === 404) return undefined;
    if (response.status === 401 || response.status === 403) throw refused('NOT_ALLOWED', text.slice(0, 300));
    if (text.includes('Enforcing job modify index')) return TAKEN;
    if (response.status === 409) throw again();
    throw new Error(`Nomad: HTTP ${response.status}: ${text.slice(0, 300)}`);
  }
}

module.exports = { Nomad };
