import type { SlotName } from '../domain/service/release';
import { CliError, EXIT } from './exit-codes';

const PART = /^[a-z0-9._-]{1,63}$/;

/** True for what environments and services may be called; nothing else reaches a query or an id. */
export function isNamePart(text: string | undefined): text is string {
  return text !== undefined && PART.test(text);
}

/** A service in an environment, and the number of one of its rollbacks where it was named. */
export interface RollbackName {
  readonly environment: string;
  readonly service: string;
  readonly number?: number;
}

/** Reads `prod/checkout` or `prod/checkout/7`. Throws a usage error that shows what is wrong with it. */
export function parseName(text: string): RollbackName {
  const [environment, service, number, ...rest] = text.split('/');
  if (!isNamePart(environment) || !isNamePart(service) || rest.length > 0) {
    throw new CliError(
      EXIT.usage,
      `"${text}" is not a name: write <environment>/<service> like prod/checkout, or prod/checkout/7 for one rollback`,
    );
  }
  if (number === undefined) return { environment, service };
  if (!/^[1-9]\d{0,8}$/.test(number)) {
    throw new CliError(EXIT.usage, `"${text}" ends with "${number}", which is not the number of a rollback`);
  }
  return { environment, service, number: Number(number) };
}

/** True for the name of one rollback. */
export function isNumbered(name: RollbackName): name is RollbackName & { readonly number: number } {
  return name.number !== undefined;
}

/** Reads the name of a service; one particular rollback is not meant here. */
export function parseServiceName(text: string): RollbackName {
  const name = parseName(text);
  if (name.number === undefined) return name;
  throw new CliError(
    EXIT.usage,
    `"${text}" names one rollback; this is about the service: ${name.environment}/${name.service}`,
  );
}

/** Reads repeated `label=value` options into one selection. */
export function parseLabels(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1 || at === pair.length - 1)
        throw new CliError(EXIT.usage, `"${pair}" is not a label: write label=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** Reads `blue`, or `eu/blue` for the slot of one target. */
export function readSlot(option: string, text: string): SlotName {
  const at = text.lastIndexOf('/');
  const [target, slot] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (slot === '' || at === 0)
    throw new CliError(EXIT.usage, `${option} ${text}: write a slot, like blue, or eu/blue for that of one target`);
  return { slot, ...(at < 0 ? {} : { target }) };
}

/** Who speaks: `--by`, else the user of this shell. */
export function speaker(by: string | undefined, env: NodeJS.ProcessEnv): string {
  const name = by ?? env.USER ?? env.LOGNAME;
  if (name) return name;
  throw new CliError(EXIT.usage, 'who says this? Add --by <your name> (USER is not set)');
}

/** Reads the port that an option names; undefined when it was not given. */
export function readPort(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new CliError(EXIT.usage, `${option} ${text}: write a port from 1 to 65535`);
}
