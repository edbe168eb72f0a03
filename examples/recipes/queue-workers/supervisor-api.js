'use strict';

// The part of Supervisor's XML-RPC API that is needed, http://supervisord.org/api.html.
const { request } = require('node:http');

const RUNNING = 'RUNNING';
/** States of a process that works, is about to, or finishes its work. */
const AT_WORK = [RUNNING, 'STARTING', 'BACKOFF', 'STOPPING'];

class Supervisor {
  /** `http://host:port`, or `unix:///path/of/the.sock`. */
  constructor(server, credentials) {
    const url = new URL(server);
    const where =
      url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 9001 };
    this.options = { ...where, path: '/RPC2', method: 'POST', ...(credentials ? { auth: credentials } : {}) };
  }

  /** Every process: its group, its name within it, and its state. */
  async processes() {
    const text = await this.call('<methodName>supervisor.getAllProcessInfo</methodName>');
    return [...text.matchAll(/<struct>(.*?)<\/struct>/gs)].map(([, struct]) => ({
      group: memberOf(struct, 'group'),
      name: memberOf(struct, 'name'),
      state: memberOf(struct, 'statename'),
      why: memberOf(struct, 'spawnerr'),
    }));
  }

  /** Begins to start and stop them all, and waits for none. */
  async begin({ start = [], stop = [] }) {
    const calls = [
      ...start.map((name) => one('supervisor.startProcess', name)),
      ...stop.map((name) => one('supervisor.stopProcess', name)),
    ];
    if (calls.length === 0) return;
    const list = `<param><value><array><data>${calls.join('')}</data></array></value></param>`;
    await this.call(`<methodName>system.multicall</methodName><params>${list}</params>`);
  }

  call(body) {
    const text = `<?xml version="1.0"?><methodCall>${body}</methodCall>`;
    return new Promise((fulfilled, rejected) => {
      const headers = { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(text) };
      const sent = request({ ...this.options, headers }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
        response.once('end', () => {
          const problem = problemOf(response.statusCode, answer);
          if (problem === undefined) fulfilled(answer);
          else rejected(new Error(`Supervisor: ${problem}`));
        });
      });
      sent.once('error', (error) => rejected(new Error('Supervisor does not answer', { cause: error }))).end(text);
    });
  }
}

function problemOf(status, answer) {
  if (status !== 200) return `HTTP ${status}`;
  if (!answer.includes('<methodResponse>')) return 'it answers no XML-RPC';
  if (/<methodResponse>\s*<fault>/.test(answer)) return memberOf(answer, 'faultString');
  return undefined;
}

function one(method, name) {
  const parameters = `<value><string>${escaped(name)}</string></value><value><boolean>0</boolean></value>`;
  return `<value><struct>
    <member><name>methodName</name><value><string>${method}</string></value></member>
    <member><name>params</name><value><array><data>${parameters}</data></array></value></member>
  </struct></value>`;
}

function memberOf(text, name) {
  const found = new RegExp(`<name>${name}</name>\\s*<value><\\w+>([^<]*)</`).exec(text);
  return (found?.[1] ?? '').replace(/&(amp|lt|gt);/g, (entity) => ({ '&amp;': '&', '&lt;': '<', '&gt;': '>' })[entity]);
}

const escaped = (text) =>
  text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);

module.exports = { AT_WORK, RUNNING, Supervisor };
