import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { Postgres } from '../../support/postgres';

const RECIPES = join(__dirname, '..', '..', '..', 'examples', 'recipes');

/** The queue of the recipes in a PostgreSQL of its own. */
export class QueueDatabase {
  url = '';
  private readonly dir: string;
  private readonly postgres: Postgres;
  private client: Client | undefined;

  constructor(dir: string) {
    this.dir = dir;
    this.postgres = new Postgres(join(dir, 'database'), 'mailer');
  }

  /** With the tables of those files of the recipes. */
  async open(...schemas: readonly string[]): Promise<void> {
    // The database runs as another user, who has to come through.
    chmodSync(this.dir, 0o711);
    await this.postgres.make((line) => process.stderr.write(`${line}\n`));
    this.postgres.createDatabase('mailer');
    this.url = `postgres://mailer@127.0.0.1:${this.postgres.port}/mailer`;
    this.client = new Client(this.url);
    await this.client.connect();
    for (const file of schemas) await this.query(readFileSync(join(RECIPES, file), 'utf8'));
  }

  /** By those names, as `host:port`. */
  get address(): string {
    return `127.0.0.1:${this.postgres.port}`;
  }

  async query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]> {
    const found = await this.client?.query<Row>(text, values);
    return found?.rows ?? [];
  }

  async close(): Promise<void> {
    await this.client?.end();
    this.postgres.kill();
  }
}
