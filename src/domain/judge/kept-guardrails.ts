import { askedAt, boundsOf } from './count-guardrail';
import { withLogs } from './e-process';
import { byTarget, sinceStart, timeOf } from './frame';
import type { Frame } from './frame';
import type { CountGuardrail, GaugeGuardrail, Guardrail, Guardrails, Standing } from './guardrail';
import { openGuardrails } from './guardrails';
import { countsAsNumbers, takeCounts } from './kept-counts';
import { keepLogs, recallLogs } from './kept-logs';
import { keepMemory, recallMemory } from './kept-memory';
import type { KeptMemory } from './kept-memory';
import { packed, taking, unpacked } from './packed';
import type { JudgeSettings } from './settings';
import { toHaltOf } from './tests';

/** What a guardrail has seen, without what follows from the settings. */
export interface KeptGuardrail {
  readonly counts: string;
  /** Of both tests. */
  readonly logs: string;
  /** Of counters. */
  readonly memory?: KeptMemory;
  /** Where they were found in the first counters that were seen. */
  readonly bounds?: readonly number[];
  /** What the last looks said of a gauge's threshold, a letter each. */
  readonly standings?: string;
}

/** By name. */
export type KeptGuardrails = Readonly<Record<string, KeptGuardrail>>;

/** Guardrails as they are kept. */
export function keepGuardrails(guardrails: Guardrails, settings: JudgeSettings, frame: Frame): KeptGuardrails {
  const kept = Object.entries(guardrails).map(([name, guardrail]) => {
    switch (guardrail.kind) {
      case 'counts':
        return [name, { ...keepCounts(guardrail, frame), bounds: boundsFound(name, guardrail, settings) }] as const;
      case 'gauge':
        return [name, keepGauge(guardrail, frame)] as const;
    }
  });
  return Object.fromEntries(kept);
}

/** The guardrails again: all that they are follows from the settings. */
export function recallGuardrails(kept: KeptGuardrails, settings: JudgeSettings, frame: Frame): Guardrails {
  const recalled = Object.entries(openGuardrails(settings, toHaltOf(settings))).map(([name, opened]) => {
    const seen = kept[name];
    return [name, seen ? recalledAs(opened, seen, frame) : opened] as const;
  });
  return Object.fromEntries(recalled);
}

function recalledAs(opened: Guardrail, kept: KeptGuardrail, frame: Frame): Guardrail {
  switch (opened.kind) {
    case 'counts':
      return recallCounts(opened, kept, frame);
    case 'gauge':
      return recallGauge(opened, kept, frame);
  }
}

function boundsFound(
  name: string,
  { setting }: CountGuardrail,
  { guardrails = [] }: JudgeSettings,
): readonly number[] | undefined {
  const given = guardrails.find((each) => each.name === name);
  return given && boundsOf(given) ? undefined : boundsOf(setting);
}

function keepCounts(guardrail: CountGuardrail, frame: Frame): KeptGuardrail {
  const { bad, ok, totals, memory, lastPairAt, heardAt, seenAt = {} } = guardrail;
  return {
    counts: packed([
      sinceStart(frame, lastPairAt),
      sinceStart(frame, heardAt),
      ...countsAsNumbers(totals.stable),
      ...countsAsNumbers(totals.current),
      ...(isOfEvents(guardrail) ? frame.targets.map((target) => sinceStart(frame, seenAt[target])) : []),
    ]),
    logs: keepLogs([...bad.logs, ...ok.logs]),
    memory: keepMemory(memory, frame),
  };
}

function recallCounts(opened: CountGuardrail, kept: KeptGuardrail, frame: Frame): CountGuardrail {
  const asked = kept.bounds ? askedAt(opened, kept.bounds) : opened;
  const numbers = taking(unpacked(kept.counts));
  const logs = recallLogs(kept.logs);
  return {
    ...asked,
    lastPairAt: timeOf(frame, numbers.maybe()),
    heardAt: timeOf(frame, numbers.maybe()),
    totals: { stable: takeCounts(numbers), current: takeCounts(numbers) },
    seenAt: isOfEvents(asked) ? byTarget(frame, () => timeOf(frame, numbers.maybe())) : undefined,
    bad: withLogs(asked.bad, logs.slice(0, asked.bad.logs.length)),
    ok: withLogs(asked.ok, logs.slice(asked.bad.logs.length)),
    memory: kept.memory ? recallMemory(kept.memory, frame) : {},
  };
}

function isOfEvents({ setting }: CountGuardrail): boolean {
  return setting.measure?.kind === 'events';
}

const LETTERS = { above: 'a', both: 'b', within: 'w' } as const satisfies Record<Standing, string>;
const STANDINGS: readonly Standing[] = ['above', 'both', 'within'];

function keepGauge(gauge: GaugeGuardrail, frame: Frame): KeptGuardrail {
  const { signs, standings, levels, lastPairAt, heardAt, countedAt, readAt } = gauge;
  return {
    counts: packed([
      sinceStart(frame, lastPairAt),
      sinceStart(frame, heardAt),
      sinceStart(frame, countedAt),
      readAt === NEVER ? undefined : sinceStart(frame, readAt),
      levels.stable,
      levels.current,
    ]),
    logs: keepLogs(signs ? [...signs.bad.logs, ...signs.ok.logs] : []),
    standings: standings.map((standing) => LETTERS[standing]).join(''),
  };
}

/** When a gauge that has shown nothing was read. */
const NEVER = 0;

function recallGauge(opened: GaugeGuardrail, kept: KeptGuardrail, frame: Frame): GaugeGuardrail {
  const { maybe, one } = taking(unpacked(kept.counts));
  const logs = recallLogs(kept.logs);
  const { signs } = opened;
  const bets = signs?.bad.logs.length;
  const letters = Array.from(kept.standings ?? '');
  return {
    ...opened,
    signs: signs && {
      bad: { ...signs.bad, logs: logs.slice(0, bets) },
      ok: { ...signs.ok, logs: logs.slice(bets) },
    },
    lastPairAt: timeOf(frame, maybe()),
    heardAt: timeOf(frame, maybe()),
    countedAt: timeOf(frame, maybe()),
    readAt: timeOf(frame, maybe()) ?? NEVER,
    levels: { stable: one(), current: maybe() },
    standings: letters.flatMap((letter) => STANDINGS.filter((standing) => LETTERS[standing] === letter)),
  };
}
