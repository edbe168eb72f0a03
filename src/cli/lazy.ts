import type * as adapters from '../adapters';
import type * as config from '../config';
import type * as demo from '../demo';
import type * as gateway from '../gateway';
import type * as temporal from '../temporal';
import type * as worker from '../worker';
import type * as outlook from './outlook';
import type * as pastScene from './past-scene';
import type * as recordedRuns from './recorded-runs';
import type * as replay from './replay';
import type * as temporalDoor from './temporal-door';

/** The heavy parts, each loaded at its first use, so that `--help` and a typing error answer at once. */
export const lazy = {
  adapters: (): typeof adapters => require('../adapters'),
  config: (): typeof config => require('../config'),
  demo: (): typeof demo => require('../demo'),
  gateway: (): typeof gateway => require('../gateway'),
  outlook: (): typeof outlook => require('./outlook'),
  pastScene: (): typeof pastScene => require('./past-scene'),
  recordedRuns: (): typeof recordedRuns => require('./recorded-runs'),
  replay: (): typeof replay => require('./replay'),
  temporal: (): typeof temporal => require('../temporal'),
  worker: (): typeof worker => require('../worker'),
  temporalDoor: (): typeof temporalDoor => require('./temporal-door'),
} as const;
