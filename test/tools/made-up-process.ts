import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedOnce } from './installed';

/** Installs a tool that there is not, as the real ones are: in two halves, between which it waits for a word. */
async function make(draft: string): Promise<void> {
  writeFileSync(join(draft, 'one half'), '');
  tell('one half made');
  const [word] = (await once(process, 'message')) as [unknown];
  if (word === 'fail') throw new Error('its other half is sold out');
  writeFileSync(join(draft, 'other half'), '');
}

const tell = (line: string): void => void process.send?.(line);
const what = { folder: 'made-up-1.0', name: 'made-up 1.0', cost: 'two halves, a moment', make };

installedOnce(what, (line) => tell(`says ${line}`))
  .then(
    (at) => tell(`has ${at}`),
    (error: unknown) => tell(`failed: ${String(error)}`),
  )
  .finally(() => process.disconnect());
