import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';
import type { Logger as PinoLogger } from 'pino';
import type * as workerSdk from '@temporalio/worker';

let installed = false;

/**
 * Sends what the SDK and its native core (warnings and worse) log to `logger`. Call it before anything connects as a
 * worker; later calls in the same process change nothing.
 */
export function installRuntime(logger: PinoLogger): void {
  if (installed) return;
  installed = true;
  // A quarter of a second to load, for workers alone.
  const { Runtime } = require('@temporalio/worker') as typeof workerSdk;
  Runtime.install({
    logger: bridge(logger),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
}

/** The SDK's logger interface on top of pino: data first, error as `err`, and no task token ever. */
export function bridge(logger: PinoLogger): Logger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    const data = cleaned(meta ?? {});
    switch (level) {
      case 'TRACE':
        return logger.trace(data, message);
      case 'DEBUG':
        return logger.debug(data, message);
      case 'INFO':
        return logger.info(data, message);
      case 'WARN':
        return logger.warn(data, message);
      case 'ERROR':
        return logger.error(data, message);
    }
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

const NEVER_LOGGED: ReadonlySet<string> = new Set(['taskToken', 'task', 'taskEncoded']);

function cleaned(meta: LogMetadata): Record<string, unknown> {
  // Whoever has the task token can complete the activity, and a whole task holds it beside everything it is about.
  // Entries are copied, so symbol keys fall away as well.
  const entries = Object.entries<unknown>(meta).filter(([name]) => !NEVER_LOGGED.has(name));
  const { error, ...rest } = Object.fromEntries(entries);
  const { workflowId } = rest;
  const of = typeof workflowId === 'string' && workflowId.startsWith('rollback/') ? { rollback: workflowId } : {};
  return { ...of, ...rest, ...(error === undefined ? {} : { err: error }) };
}
