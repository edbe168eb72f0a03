import { join } from 'node:path';
import { answers } from './site';
import { portsOf, QueueSite } from './queue-site';
import { folderOf } from './queue-texts';

const PARTITIONS = 8;
/** Of each revision two, which share its partitions. */
const CONSUMERS = 2;
const RECIPE = 'queue-partitions';

/** Consumers of a queue in partitions, by the recipe: both revisions run, and each takes what is assigned to it. */
export class PartitionStack extends QueueSite {
  constructor() {
    super(PARTITIONS);
  }

  async open(): Promise<void> {
    const ports = await this.choosePorts();
    const workers = { v42: await portsOf(CONSUMERS), v41: await portsOf(CONSUMERS) };
    const handle = await this.openQueue(join('queue-workers', 'queue.sql'), join(RECIPE, 'partitions.sql'));
    await this.assign('v41');
    const database = ['/usr/bin/env', `DATABASE_URL=${this.database.url}`, process.execPath];
    for (const [revision, own] of Object.entries(workers))
      for (const port of own) {
        const command = [...database, join(folderOf(RECIPE), 'consumer.js'), revision];
        await this.start(`consumer-${revision}-${port}`, [...command, String(PARTITIONS), String(port), handle], () =>
          answers(`http://127.0.0.1:${port}`),
        );
      }
    const command = [...database, join(folderOf(RECIPE), 'target.js')];
    await this.openSite({ recipe: RECIPE, command, workers: Object.values(workers).flat(), ports });
  }

  /** What a deployment does. */
  async assign(revision: string): Promise<void> {
    await this.database.query('UPDATE partitions SET revision = $1', [revision]);
  }

  /** How many partitions the consumers of each revision hold. */
  async consumedBy(): Promise<Readonly<Record<string, number>>> {
    const text = `SELECT split_part(application_name, ' ', 3) AS revision, count(*)::int AS partitions
      FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted GROUP BY 1`;
    const rows = await this.database.query<{ revision: string; partitions: number }>(text);
    return Object.fromEntries(rows.map(({ revision, partitions }) => [revision, partitions]));
  }
}
