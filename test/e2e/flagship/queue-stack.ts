import { join } from 'node:path';
import { Supervisor } from '../../recipes/support/supervisor';
import { portsOf, QueueSite } from './queue-site';
import { folderOf } from './queue-texts';

const INSTANCES = 4;
const RECIPE = 'queue-workers';

/** Workers that serve no HTTP, by the recipe: each has a partition of the queue, and is a process of Supervisor. */
export class QueueStack extends QueueSite {
  readonly supervisor = new Supervisor();

  constructor() {
    super(INSTANCES);
  }

  /** With how many seconds of lag are too many here; as many as the recipe says without. */
  async open(lag?: number): Promise<void> {
    const ports = await this.choosePorts();
    const workers = { v42: await portsOf(INSTANCES), v41: await portsOf(INSTANCES) };
    const handle = await this.openQueue(join(RECIPE, 'queue.sql'));
    const start = this.write('start.sh', startText(handle, workers));
    await this.supervisor.start(
      Object.keys(workers).map((revision) => ({
        name: `mailer-${revision}`,
        command: `sh ${start} ${revision} %(process_num)d`,
        instances: INSTANCES,
        starts: revision === 'v41',
        more: 'startsecs=1\nautorestart=unexpected',
      })),
      { DATABASE_URL: this.database.url },
    );
    const program = [process.execPath, join(folderOf(RECIPE), 'target.js'), '--server', this.supervisor.url];
    const command = [...program, '--groups', 'mailer-', '--fence', join(this.dir, 'fence.json')];
    await this.openSite({ recipe: RECIPE, command, workers: Object.values(workers).flat(), ports, lag });
  }

  /** What a deployment does: the new revision's processes in place of the old one's, all at once. */
  async deploy(): Promise<void> {
    await this.supervisor.switch('mailer-v41', 'mailer-v42');
  }

  override async close(): Promise<void> {
    await this.supervisor.stop();
    await super.close();
  }
}

/** Starts a worker of a revision and a number where Prometheus looks for it. */
function startText(handle: string, workers: Readonly<Record<string, readonly number[]>>): string {
  const cases = Object.entries(workers).flatMap(([revision, ports]) =>
    ports.map((port, number) => `  ${revision}-${number}) port=${port} ;;`),
  );
  const worker = join(folderOf(RECIPE), 'worker.js');
  return ['case "$1-$2" in', ...cases, 'esac', `exec node ${worker} "$1" "$2" "$port" ${handle}`, ''].join('\n');
}
