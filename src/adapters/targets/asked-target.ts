import type { TargetReading } from '../../domain/plan/census';
import { RetryableError, TerminalError } from '../../ports';
import type { DeploymentTarget, EffectResult, Scripted, TargetCapabilities } from '../../ports';
import { outsideText } from '../outside-text';
import { askedScript } from './asked-script';
import type { AskedByHand } from './asked-script';
import type { Observed, TargetAnswer } from './target-answer';
import { checkRequest, observeRequest, prepareRequest, shiftRequest } from './target-request';
import type { TargetRequest } from './target-request';

/** How a request ended: answered, or nobody knows whether it was carried out. */
export type Carried =
  | TargetAnswer
  | { readonly kind: 'lost'; readonly because: string }
  /** Accepted, and not done when the time was over. */
  | { readonly kind: 'onItsWay'; readonly because: string };

/** A way to put a request to a target. */
export interface Carrier {
  readonly name: string;
  readonly capabilities: TargetCapabilities;
  /**
   * Brings back the answer soon after the signal is aborted at the latest. Throws `RetryableError` or `TerminalError`
   * where the request was certainly not carried out, or the target asked to be asked again.
   */
  carry(request: TargetRequest, signal: AbortSignal): Promise<Carried>;
  now(): number;
  /** The same by hand. */
  readonly byHand: AskedByHand;
}

/** A target that is asked by documents; what answers mean is the same whichever way they travel. */
export function createAskedTarget(carrier: Carrier): DeploymentTarget & Scripted {
  const { name } = carrier;
  return {
    capabilities: () => carrier.capabilities,
    async observe(signal) {
      const carried = orThrow(name, await carrier.carry(observeRequest(name), signal));
      if (carried.kind !== 'done')
        throw new TerminalError('TARGET_MISCONFIGURED', `${name} does not let itself be observed: ${carried.detail}`);
      if (!carried.observed)
        throw new RetryableError('TARGET_ANSWER_UNREADABLE', `${name}: observed: nothing was said about revisions`);
      return readingOf(carrier, carried.observed);
    },
    async check(revision, signal) {
      const carried = orThrow(name, await carrier.carry(checkRequest(name, revision), signal));
      if (carried.kind === 'done')
        return { ok: true, detail: carried.detail ?? `${name} says that it can move to ${revision.to}` };
      const { code, detail, wayOut } = carried;
      return { ok: false, code, detail, ...(wayOut === undefined ? {} : { wayOut }) };
    },
    prepare: async (request, signal) => {
      const carried = await carrier.carry(prepareRequest(request), signal);
      // To ask for capacity is all that it does; how long it may take to come is the policy's to say, not a call's.
      return carried.kind === 'onItsWay'
        ? { outcome: 'done', detail: carried.because }
        : effectResult(carrier, carried);
    },
    shift: async (request, signal) => effectResult(carrier, await carrier.carry(shiftRequest(request), signal)),
    script: ({ revision, weights }) => {
      const isWhole = carrier.capabilities.granularity === 'all';
      const able = weights.filter((weight) => !isWhole || weight === 0 || weight === 100);
      return Promise.resolve(askedScript(name, carrier.byHand, { revision, weights: able }));
    },
  };
}

/** For what changes nothing, not knowing how it ended is an error like any other. */
function orThrow(name: string, carried: Carried): Exclude<Carried, { kind: 'lost' | 'onItsWay' | 'unreadable' }> {
  switch (carried.kind) {
    case 'lost':
    case 'onItsWay':
      throw new RetryableError('TARGET_UNREACHABLE', `${name}: ${carried.because}`);
    case 'unreadable':
      throw new RetryableError('TARGET_ANSWER_UNREADABLE', `${name}: ${carried.because}`);
    case 'done':
    case 'conflict':
    case 'refused':
      return carried;
  }
}

/** An answer that cannot be read may follow a change that was made, so it is as unknown as none. */
function effectResult(carrier: Carrier, carried: Carried): EffectResult {
  switch (carried.kind) {
    case 'done': {
      const { status, detail, observed } = carried;
      return { outcome: status, detail, observed: observed && readingOf(carrier, observed) };
    }
    case 'conflict': {
      const { kind, observed, ...why } = carried;
      return { outcome: kind, ...why, observed: observed && readingOf(carrier, observed) };
    }
    case 'refused': {
      const { kind, ...why } = carried;
      return { outcome: kind, ...why };
    }
    case 'lost':
    case 'onItsWay':
      return { outcome: 'unknown', detail: carried.because };
    case 'unreadable':
      return { outcome: 'unknown', detail: `the answer is unreadable: ${carried.because}` };
  }
}

function readingOf(carrier: Carrier, observed: Observed): TargetReading {
  const { revisions, uneven } = observed;
  const whole = unitsOf(carrier, observed);
  return {
    target: carrier.name,
    revisions,
    ...(whole ? { units: whole } : {}),
    ...(observed.owner === undefined ? {} : { owner: outsideText(observed.owner) }),
    ...(uneven === true ? { uneven } : {}),
    at: carrier.now(),
  };
}

/** What its shares are whole numbers of. One that goes as a whole is one, whatever it consists of. */
function unitsOf({ capabilities }: Carrier, { units }: Observed): TargetReading['units'] {
  switch (capabilities.granularity) {
    case 'units':
      return units && { total: units.total, name: outsideText(units.name) };
    case 'all':
      return { total: 1, name: 'release' };
    // Where a target splits requests the pieces that it runs on say nothing about its shares.
    case 'percent':
      return undefined;
  }
}
