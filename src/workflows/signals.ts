import { log, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { SignalDefinition } from '@temporalio/workflow';

/** A signal and what is done with it. */
export interface SignalTaker {
  readonly name: string;
  readonly register: () => void;
  readonly take: (message: unknown) => void;
}

/** Pairs a signal with its handler. */
export function taking<Message>(signal: SignalDefinition<[Message]>, take: (message: Message) => void): SignalTaker {
  return {
    name: signal.name,
    register: () => setHandler(signal, take),
    // The signal's name is what tells the type of its message.
    take: (message) => take(message as Message),
  };
}

/**
 * Registers handlers of signals in such a way that what came before the first task is heard in the order in which it came.
 * Handed over as handlers are registered it would be heard kind by kind, and an alert would overtake the release that was
 * recorded before it; the default handler, registered first, takes all of it.
 */
export function takeSignals(takers: readonly SignalTaker[]): void {
  setDefaultSignalHandler((name, ...messages) => {
    const taker = takers.find((candidate) => candidate.name === name);
    if (taker) taker.take(messages[0]);
    else log.warn('a signal that nobody takes', { signal: name });
  });
  for (const { register } of takers) register();
}
