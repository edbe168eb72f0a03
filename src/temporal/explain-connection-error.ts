import { lookup } from 'node:dns/promises';
import { connect as connectSocket } from 'node:net';
import type { TemporalSettings } from './settings';
import { TemporalSetupError, codeOf, textOf } from './errors';

const GRPC = { deadlineExceeded: 4, notFound: 5, permissionDenied: 7, unavailable: 14, unauthenticated: 16 } as const;

/** The words of a server that gave up; a client that heard nothing says how long it waited. */
const SERVERS_OWN_DEADLINE = 'context deadline exceeded';

/** What of the settings helps to say what went wrong. */
export type ErrorContext = Partial<Pick<TemporalSettings, 'address' | 'addressGiven' | 'namespace'>>;

/** Turns whatever a call to Temporal threw into one sentence with the way out; a `TemporalSetupError` stays itself. */
export function explainConnectionError(thrown: unknown, context: ErrorContext = {}): TemporalSetupError {
  if (thrown instanceof TemporalSetupError) return thrown;
  const error = answerIn(thrown);
  const text = textOf(error);
  const where = context.address ? ` at ${context.address}` : '';
  switch (codeOf(error)) {
    case GRPC.notFound:
      return new TemporalSetupError('NAMESPACE_MISSING', namespaceMissing(context, text), error);
    case GRPC.permissionDenied:
    case GRPC.unauthenticated:
      return new TemporalSetupError(
        'UNAUTHORIZED',
        `Temporal${where} refused the credentials (${text}). Check TEMPORAL_API_KEY or the client certificate, and that they may use namespace ${context.namespace ?? '(default)'}.`,
        error,
      );
  }
  if (codeOf(error) === GRPC.deadlineExceeded && text.includes(SERVERS_OWN_DEADLINE)) {
    return new TemporalSetupError(
      'NO_ANSWER_IN_TIME',
      `Temporal${where} was reached and did not answer in time (${shorten(text)}): it is busy, or what it needs is not there. Whether it did what was asked is not known; look, and say it again.`,
      error,
    );
  }
  if (/InvalidContentType|tls|certificate|handshake|ssl/i.test(text)) return tlsMismatch(where, text, error);
  if (codeOf(error) === GRPC.unavailable || codeOf(error) === GRPC.deadlineExceeded || isTransportTrouble(text)) {
    return new TemporalSetupError(
      'ADDRESS_UNREACHABLE',
      `Temporal${where} cannot be reached (${shorten(text)}). ${howToReach(context)}`,
      error,
    );
  }
  return new TemporalSetupError('UNEXPECTED', `Temporal${where} answered unexpectedly: ${shorten(text)}`, error);
}

/** The client library wraps the server's own answer while it connects, and keeps its code and words to the cause. */
function answerIn(thrown: unknown): unknown {
  const isWrapped = codeOf(thrown) === undefined && thrown instanceof Error && typeof codeOf(thrown.cause) === 'number';
  return isWrapped ? thrown.cause : thrown;
}

function howToReach({ addressGiven = true }: ErrorContext): string {
  return addressGiven
    ? 'Check TEMPORAL_ADDRESS, and that the server runs.'
    : 'Nobody named a server: start one with `phased-rollback dev`, and set TEMPORAL_ADDRESS to what it prints.';
}

/**
 * The same, after looking once at the address itself: the client library says only "deadline" for a name that does
 * not resolve, a closed port and a wrong TLS setting alike.
 */
export async function explainAfterProbe(error: unknown, settings: TemporalSettings): Promise<TemporalSetupError> {
  const explained = explainConnectionError(error, settings);
  if (explained.code !== 'ADDRESS_UNREACHABLE') return explained;
  const trouble = await probe(settings.address);
  if (trouble === undefined) {
    return tlsMismatch(` at ${settings.address}`, 'the port is open but nothing there speaks to us', error);
  }
  return explainConnectionError(new Error(`tcp connect error: ${trouble}`, { cause: error }), settings);
}

async function probe(address: string): Promise<string | undefined> {
  const match = /^\[?(.+?)\]?(?::(\d+))?$/.exec(address);
  const host = match?.[1] ?? address;
  try {
    await lookup(host);
  } catch {
    return `the name ${host} does not resolve`;
  }
  return new Promise((resolve) => {
    const socket = connectSocket({ host, port: Number(match?.[2] ?? 7233), timeout: 2000 });
    const end = (trouble?: string): void => {
      socket.destroy();
      resolve(trouble);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (failure) => end(codeOf(failure) === 'ECONNREFUSED' ? 'connection refused' : failure.message));
  });
}

function namespaceMissing(context: ErrorContext, text: string): string {
  const named = context.namespace ?? /Namespace (\S+) is not found/.exec(text)?.[1] ?? '(unknown)';
  return `Namespace ${named} does not exist${context.address ? ` at ${context.address}` : ''}. Run \`phased-rollback setup\` to create it, or set TEMPORAL_NAMESPACE.`;
}

function tlsMismatch(where: string, text: string, cause: unknown): TemporalSetupError {
  return new TemporalSetupError(
    'TLS_MISMATCH',
    `Temporal${where} does not agree with our TLS settings (${shorten(text)}). Set TEMPORAL_TLS, TEMPORAL_TLS_* or TEMPORAL_API_KEY as the server demands, and check that the port is Temporal's gRPC port.`,
    cause,
  );
}

function isTransportTrouble(text: string): boolean {
  return /before the deadline|timed out|transport|tcp connect|ECONNREFUSED|ENOTFOUND|dns/i.test(text);
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
