'use strict';

// Who may take the jobs of which partition, and who does, as the queue's own database tells it.
const { Client } = require('pg');

/** The first key of the lock that a consumer holds for each of its partitions; the second is the partition. */
const LOCKS = 1936289394;
/** By which a consumer's connection says whose it is and how many partitions it has room for. */
const nameOf = (revision, room) => `consumer ${room} ${revision}`;
const NAME = /^consumer (\d+) (.+)$/;

const PARTITIONS = `SELECT number, revision, (
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = ${LOCKS} AND objid = number::oid AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  ) AS holder FROM partitions ORDER BY number`;
const CONSUMERS = `SELECT application_name AS name FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'consumer %'`;
const ASSIGN =
  'UPDATE partitions SET revision = moves.revision FROM unnest($1::int[], $2::text[]) AS moves (number, revision) WHERE partitions.number = moves.number';

class Queue {
  constructor(url) {
    this.client = new Client({ connectionString: url });
    this.opened = undefined;
  }

  /** Partitions by number, each with whose it is and who consumes it; every consumer; and the newest effect. */
  async look() {
    await (this.opened ??= this.client.connect());
    const partitions = await this.client.query(PARTITIONS);
    const consumers = await this.client.query(CONSUMERS);
    const effect = await this.client.query('SELECT record FROM newest_effect');
    return {
      partitions: partitions.rows.map(({ number, revision, holder }) => ({
        number,
        revision,
        holder: NAME.exec(holder ?? '')?.[2],
      })),
      consumers: consumers.rows.flatMap(({ name }) => {
        const [, room, revision] = NAME.exec(name) ?? [];
        return revision === undefined ? [] : [{ revision, room: Number(room) }];
      }),
      record: effect.rows[0]?.record ?? undefined,
    };
  }

  /** Assigns partitions and keeps the effect in one step; false where not all is any more as it was seen. */
  async assign(moves, record, seen) {
    await this.client.query('BEGIN');
    const effect = await this.client.query(
      'SELECT record IS NOT DISTINCT FROM $1 AS same FROM newest_effect FOR UPDATE',
      [seen.record === undefined ? null : JSON.stringify(seen.record)],
    );
    const { rows } = await this.client.query('SELECT number, revision FROM partitions ORDER BY number FOR UPDATE');
    const same =
      rows.length === seen.partitions.length &&
      rows.every(({ revision }, at) => revision === seen.partitions[at].revision);
    if (!same || !effect.rows[0]?.same) {
      await this.client.query('ROLLBACK');
      return false;
    }
    if (moves.length > 0)
      await this.client.query(ASSIGN, [moves.map(({ number }) => number), moves.map(({ revision }) => revision)]);
    await this.client.query('UPDATE newest_effect SET record = $1', [JSON.stringify(record)]);
    await this.client.query('COMMIT');
    return true;
  }

  /** The effect is at its end: the second record in place of the first, and of no other. */
  async replace(before, after) {
    const both = [before, after].map((record) => JSON.stringify(record));
    await this.client.query('UPDATE newest_effect SET record = $2 WHERE record = $1', both);
  }

  close() {
    return this.client.end();
  }
}

module.exports = { LOCKS, nameOf, Queue };
