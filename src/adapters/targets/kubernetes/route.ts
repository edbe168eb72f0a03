import type { PatchOperation } from './api';
import type { Metadata } from './objects';

/** Where traffic goes, and how much of it. */
export interface Backend {
  readonly service: string;
  readonly weight: number;
  /** JSON pointer to the backend in its route. */
  readonly at: string;
  /** By what it is known again, and where that stands; tested, so that a list in another order is not changed. */
  readonly known: { readonly at: string; readonly value: unknown };
}

/** One list of backends among which traffic is split. */
export interface Split {
  /** What people call it. */
  readonly name: string;
  readonly backends: readonly Backend[];
}

/** Whether what carries the traffic has taken over what the route says. */
export type TakenOver = { readonly kind: 'yes' } | { readonly kind: 'notYet' | 'rejected'; readonly because: string };

/** A route as every kind of it is read. */
export interface Route {
  readonly metadata: Metadata;
  readonly splits: readonly Split[];
  readonly takenOver: TakenOver;
}

/** Shares of the two backends in percent, and of all others. */
export interface Shares {
  readonly percent: readonly [number, number];
  readonly others: ReadonlyMap<string, number>;
}

/** The splits that concern the pair; a text where they are not one share. */
export function sharesOf({ splits }: Route, pair: readonly [string, string]): Shares | string {
  const concerned = splits.filter(({ backends }) => backends.some(({ service }) => pair.includes(service)));
  const [first, ...rest] = concerned.map((split) => sharesIn(split, pair));
  if (first === undefined) return `no rule of it names ${pair[0]} or ${pair[1]}`;
  const lone = concerned.find(
    ({ backends }) => !pair.every((name) => backends.some(({ service }) => service === name)),
  );
  if (lone) return `${lone.name} names only one of ${pair.join(' and ')}: add the other with weight 0, or set "rule"`;
  const other = rest.findIndex((shares) => Math.abs(shares.percent[0] - first.percent[0]) > 0.001);
  if (other >= 0)
    return `${concerned[0]?.name} and ${concerned[other + 1]?.name} split differently: make them alike, or set "rule"`;
  return first;
}

function sharesIn({ backends }: Split, [one, two]: readonly [string, string]): Shares {
  const sum = backends.reduce((total, { weight }) => total + weight, 0);
  const percentOf = (service: string): number => {
    const weight = backends.filter((each) => each.service === service).reduce((total, each) => total + each.weight, 0);
    return sum === 0 ? 0 : (100 * weight) / sum;
  };
  const others = new Map(
    backends.flatMap(({ service }) => {
      const percent = service === one || service === two ? 0 : percentOf(service);
      return percent === 0 ? [] : [[service, percent] as const];
    }),
  );
  return { percent: [percentOf(one), percentOf(two)], others };
}

/** Sets the share of a service against the other one of the pair; each list is tested to still name them there. */
export function weightOperations(
  { splits }: Route,
  pair: readonly [string, string],
  { service, percent }: { readonly service: string; readonly percent: number },
): readonly PatchOperation[] {
  // Hundreds are what people read; parts of a percent need more.
  const total = Number.isInteger(percent) ? 100 : 100_000;
  const part = Math.round((percent * total) / 100);
  return splits
    .flatMap(({ backends }) => backends)
    .filter((backend) => pair.includes(backend.service))
    .flatMap((backend): PatchOperation[] => [
      { op: 'test', path: backend.known.at, value: backend.known.value },
      { op: 'add', path: `${backend.at}/weight`, value: backend.service === service ? part : total - part },
    ]);
}
