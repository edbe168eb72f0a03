'use strict';

// The commands of Helm that are needed.
const { execFile, spawn } = require('node:child_process');
const { mkdtempSync, openSync, readSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { refused } = require('../exec-target');

const MOST_BYTES = 16_777_216;

class Helm {
  constructor({ release, namespace, timeout }) {
    this.release = release;
    this.place = ['--namespace', namespace];
    this.timeout = `${timeout}s`;
  }

  /** Every revision that is kept, oldest first. */
  async history() {
    const found = JSON.parse(await this.run('history', this.release, '--output', 'json'));
    if (found.length === 0) throw refused('OTHER', `Helm knows no release ${this.release}`);
    return found;
  }

  /** What the revisions run: `app_version` or `chart` of the history, or `values.` and the path of a value. */
  versionsOf(history, by) {
    if (!by.startsWith('values.')) return Promise.resolve(history.map((entry) => entry[by]));
    return Promise.all(
      history.map(async ({ revision }) => {
        const number = ['--revision', String(revision)];
        const values = await this.run('get', 'values', this.release, '--all', ...number, '--output', 'json');
        const value = by
          .split('.')
          .slice(1)
          .reduce((at, key) => at?.[key], JSON.parse(values));
        return String(value);
      }),
    );
  }

  /** Why a rollback would not even begin; undefined where it would. */
  async rehearse(revision) {
    try {
      const note = ['--description', 'phased-rollback'];
      await this.run('rollback', this.release, String(revision), ...note, '--dry-run=server');
      return undefined;
    } catch (error) {
      if (!error.message.includes('unknown flag')) throw error;
      return { code: 'OTHER', detail: `Helm 4.3 or later is needed: ${error.message}` };
    }
  }

  /** Its exit code and what it said, or undefined where it goes on; it ends by itself in any case. */
  async rollback({ to, description, isNote, withinMs }) {
    const wait = isNote ? ['--no-hooks'] : ['--wait'];
    const args = ['rollback', this.release, String(to), '--description', description, '--timeout', this.timeout];
    const dir = mkdtempSync(path.join(tmpdir(), 'helm-'));
    const log = openSync(path.join(dir, 'said'), 'w+');
    rmSync(dir, { recursive: true });
    // Of a group of its own, and with no pipe to us that could break.
    const stdio = ['ignore', 'ignore', log];
    const child = spawn('helm', [...args, ...wait, ...this.place], { detached: true, stdio });
    child.unref();
    let timer;
    const late = new Promise((fulfilled) => (timer = setTimeout(fulfilled, Math.max(withinMs, 0))));
    const ended = new Promise((fulfilled, rejected) => {
      child.once('error', rejected);
      child.once('exit', (code) => fulfilled({ code, said: said(log) }));
    });
    return Promise.race([ended, late]).finally(() => clearTimeout(timer));
  }

  async run(...args) {
    try {
      const { stdout } = await promisify(execFile)('helm', [...args, ...this.place], { maxBuffer: MOST_BYTES });
      return stdout;
    } catch (error) {
      const words = lastWords(error.stderr ?? '') || error.message;
      if (/forbidden|[Uu]nauthorized/.test(words)) throw refused('NOT_ALLOWED', words);
      throw new Error(`Helm: ${words}`, { cause: error.code === 'ENOENT' ? error : undefined });
    }
  }
}

function said(file) {
  const buffer = Buffer.alloc(4_096);
  return `Helm: ${lastWords(buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0)).toString('utf8'))}`;
}

const lastWords = (text) => text.slice(Math.max(text.lastIndexOf('Error: '), 0)).trim();

module.exports = { Helm };
