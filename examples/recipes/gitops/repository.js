'use strict';

// One value of one YAML file on a branch of a Git repository, and the commits that set it.
const { execFile } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { existsSync, mkdirSync, rmSync } = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { isScalar, parseDocument, stringify } = require('yaml');
const { again, refused } = require('../exec-target');

const MOST_BYTES = 16_777_216;
const NOT_LET_IN = /Authentication failed|could not read Username|Permission denied|denied to|error: 40[13]/;
/** As far back as anything is looked for: a repository may have many years of commits, and a call has seconds. */
const SINCE = '--since=90.days';
/** What a server says of a push when somebody else's came first. */
const OUTRUN = /\[rejected\]|cannot lock ref|failed to update ref|incorrect old value/;

class Repository {
  constructor({ remote, branch, clone, file, value }) {
    Object.assign(this, { remote, branch, clone, file, value });
    this.ref = `refs/heads/${branch}`;
    this.mark = `Phased-Rollback: ${file} ${value} `;
  }

  /** What the branch says now, what it has said in the last ninety days and before them, and the newest effect. */
  async head() {
    const commit = await this.fetched();
    const log = await this.git('log', '-100', SINCE, '--format=%H %h of %an, "%s"', commit, '--', this.file);
    const lines = log.split('\n').filter(Boolean);
    const record = await this.record(commit);
    const changes = lines.map((line) => line.split(' ', 1)[0]);
    const commits = [commit, record?.commit ?? commit, commit, ...changes.flatMap((each) => [each, `${each}^`])];
    const [text, then, ...others] = await this.texts(commits);
    if (text === undefined) throw refused('OTHER', `${this.branch} has no file ${this.file}: name one of its files`);
    return {
      commit,
      text,
      revision: this.scalarOf(text).source,
      named: new Set(others.map((each) => this.sourceIn(each)).filter(Boolean)),
      record: record && { ...record, revision: this.sourceIn(then) },
      by: lines[0]?.slice(lines[0].indexOf(' ') + 1),
    };
  }

  /** The file as each of those commits has it; undefined where one has none. */
  async texts(commits) {
    const input = commits.map((commit) => `${commit}:${this.file}\n`).join('');
    return textsIn(Buffer.from(await this.gitWith({ input, encoding: 'latin1' }, 'cat-file', '--batch'), 'latin1'));
  }

  /** Commits that value on top of what was read and pushes it; nothing is ever forced. Throws where somebody was quicker. */
  async set(head, revision, { title, record }) {
    const commit = await this.commit(head, revision, `${title}\n\n${this.mark}${record}\n`);
    await this.push(commit);
  }

  /** Whether the remote lets us push, without a change. */
  async rehearse(head) {
    await this.push(await this.commit(head, head.revision, 'rehearsal'), '--dry-run');
  }

  async commit({ commit, text }, revision, message) {
    const { range, source } = this.scalarOf(text);
    const other = text.slice(0, range[0]) + stringify(revision).trim() + text.slice(range[1]);
    const blob = await this.gitWith({ input: source === revision ? text : other }, 'hash-object', '-w', '--stdin');
    const [mode] = (await this.git('ls-tree', commit, '--', this.file)).split(' ');
    // An index of its own: others may commit in the same clone.
    const index = path.join(path.resolve(this.clone), `index-${randomUUID()}`);
    const env = { GIT_INDEX_FILE: index };
    try {
      await this.gitWith({ env }, 'read-tree', commit);
      await this.gitWith({ env }, 'update-index', '--cacheinfo', `${mode},${blob.trim()},${this.file}`);
      const tree = await this.gitWith({ env }, 'write-tree');
      return (await this.gitWith({ input: message }, 'commit-tree', tree.trim(), '-p', commit)).trim();
    } finally {
      rmSync(index, { force: true });
    }
  }

  async push(commit, ...flags) {
    try {
      await this.git('push', '--porcelain', ...flags, this.remote, `${commit}:${this.ref}`);
    } catch (error) {
      const line = /^!.*$/m.exec(error.stdout ?? '')?.[0] ?? '';
      if (OUTRUN.test(line)) throw again();
      if (!line.includes('[remote rejected]')) throw error;
      const words = [...(error.stderr ?? '').matchAll(/^remote: (.*\S)/gm)].map(([, said]) => said);
      throw refused('NOT_ALLOWED', words.join(' ') || line.split('\t').at(-1));
    }
  }

  /** The commit at the end of the branch, with everything before it here. */
  async fetched() {
    mkdirSync(this.clone, { recursive: true });
    if (!existsSync(path.join(this.clone, 'HEAD'))) await this.git('init', '--bare', '--quiet');
    const [there] = (await this.git('ls-remote', this.remote, this.ref)).split('\t');
    if (there === '') throw refused('OTHER', `${this.remote} has no branch ${this.branch}: name one that it has`);
    const here = () =>
      this.git('rev-parse', '--quiet', '--verify', this.ref).then(
        (said) => said.trim(),
        () => undefined,
      );
    if ((await here()) === there) return there;
    // Another process may fetch the same at the same time.
    const problem = await this.git('fetch', '--quiet', this.remote, `+${this.ref}:${this.ref}`).catch((error) => error);
    const got = await here();
    if (got === undefined || (problem instanceof Error && got !== there)) throw problem;
    return got;
  }

  async record(head) {
    const found = await this.git(
      'log',
      '-1',
      SINCE,
      '--format=%H%n%B',
      `--grep=^${this.mark.replaceAll(/[.[\]*^$\\]/g, String.raw`\$&`)}`,
      head,
    );
    const line = found.split('\n').find((each) => each.startsWith(this.mark));
    const [, epoch, number, rollback, wish] =
      /^(\d+)\/(\d+) (\S+): (.*)$/.exec(line?.slice(this.mark.length) ?? '') ?? [];
    if (epoch === undefined) return undefined;
    return {
      epoch: Number(epoch),
      number: Number(number),
      rollback,
      wish,
      commit: found.slice(0, found.indexOf('\n')),
    };
  }

  scalarOf(text) {
    const node = this.nodeIn(text);
    if (!isScalar(node))
      throw refused('UNSUPPORTED_SHAPE', `${this.file} has no ${this.value}: name a value that it has`);
    return node;
  }

  /** As it was written; undefined where there was none. */
  sourceIn(text) {
    const node = text === undefined ? undefined : this.nodeIn(text);
    return isScalar(node) ? node.source : undefined;
  }

  nodeIn(text) {
    const keys = this.value.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    return parseDocument(text).getIn(keys, true);
  }

  git(...args) {
    return this.gitWith({}, ...args);
  }

  async gitWith({ input = '', env = {}, encoding = 'utf8' }, ...args) {
    const who = { GIT_AUTHOR_NAME: 'phased-rollback', GIT_AUTHOR_EMAIL: 'phased-rollback@localhost' };
    const committer = { GIT_COMMITTER_NAME: 'phased-rollback', GIT_COMMITTER_EMAIL: 'phased-rollback@localhost' };
    const options = {
      env: { ...who, ...committer, ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...env },
      maxBuffer: MOST_BYTES,
      encoding,
    };
    const run = promisify(execFile)('git', ['-C', this.clone, ...args], options);
    run.child.stdin.on('error', () => undefined).end(input);
    try {
      return String((await run).stdout);
    } catch (error) {
      const words =
        String(error.stderr ?? '')
          .replaceAll(/^(hint|remote): .*\n?/gm, '')
          .trim() || error.message;
      if (NOT_LET_IN.test(words)) throw refused('NOT_ALLOWED', words);
      throw Object.assign(new Error(`git ${args[0]}: ${words}`), { stdout: error.stdout, stderr: error.stderr });
    }
  }
}

/** What `git cat-file --batch` tells: each file after a line with its length; of one that is not there only a line. */
function textsIn(packed) {
  const texts = [];
  for (let at = 0; at < packed.length;) {
    const end = packed.indexOf('\n', at);
    const [, kind, length] = packed.subarray(at, end).toString().split(' ');
    at = end + 1;
    if (kind !== 'blob') {
      texts.push(undefined);
      continue;
    }
    texts.push(packed.subarray(at, at + Number(length)).toString());
    at += Number(length) + 1;
  }
  return texts;
}

module.exports = { Repository };
