import { createConnection } from 'node:net';
import { RetryableError, TerminalError } from '../../ports';
import { systemCodeOf } from '../system-code';
import { endpointOf } from './haproxy-config';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** How one line of commands ended. */
export type RuntimeEnd =
  /** What each command answered, in their order; empty where it had nothing to say, as after a change. */
  | { readonly kind: 'answered'; readonly answers: readonly string[] }
  /** The line may have arrived, and perhaps a part of it was carried out. */
  | { readonly kind: 'lost'; readonly because: string }
  /** Too long, or fewer answers than commands. */
  | { readonly kind: 'unreadable'; readonly because: string }
  /** Nothing was sent. */
  | { readonly kind: 'notSent'; readonly because: string; readonly forbidden: boolean };

/**
 * Sends commands as one line, which HAProxy carries out in their order, and reads until it closes. Resolves soon after
 * the signal is aborted, with the connection closed. Never throws.
 */
export function ask(address: string, commands: readonly string[], signal: AbortSignal): Promise<RuntimeEnd> {
  const endpoint = endpointOf(address);
  if (endpoint === undefined)
    return Promise.resolve({ kind: 'notSent', because: 'it is no address', forbidden: false });
  if (signal.aborted) return Promise.resolve({ kind: 'notSent', because: 'no time was left to ask', forbidden: false });
  return new Promise((resolve) => {
    const socket = createConnection({ ...endpoint });
    const chunks: Buffer[] = [];
    let [bytes, isSent] = [0, false];
    const end = (how: RuntimeEnd): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(how);
    };
    const failed = (because: string, forbidden = false): RuntimeEnd =>
      isSent ? { kind: 'lost', because } : { kind: 'notSent', because, forbidden };
    const onAbort = (): void => end(failed('no answer in time'));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', () => {
      isSent = true;
      socket.write(`${commands.join('; ')}\n`);
    });
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      chunks.push(chunk);
      if (bytes > MAX_ANSWER_BYTES)
        end({ kind: 'unreadable', because: `the answer is longer than ${MAX_ANSWER_BYTES} bytes` });
    });
    socket.on('error', (error) => {
      const code = systemCodeOf(error) ?? 'unknown reason';
      end(failed(`the connection failed (${code})`, code === 'EACCES' || code === 'EPERM'));
    });
    socket.on('end', () => end(ended(Buffer.concat(chunks).toString('utf8'), commands.length)));
    socket.on('close', () => end(failed('the connection was closed')));
  });
}

/** An empty line ends what a command says, but after the value of a variable. */
const ANSWER = /(proc\.\w+: type=[^\n]+)\n|((?:[^\n]+\n)*)\n/g;

/** A command whose answer is not there was perhaps not carried out. */
function ended(text: string, commands: number): RuntimeEnd {
  const answers = [...text.matchAll(ANSWER)].map((match) => (match[1] ?? match[2] ?? '').trimEnd());
  if (text === '') return { kind: 'lost', because: 'the connection was closed without an answer' };
  if (answers.length < commands) return { kind: 'unreadable', because: 'the answer broke off' };
  return { kind: 'answered', answers };
}

/** What a line that changes nothing answered. Throws where it cannot be had, naming the target and the address. */
export async function read(
  name: string,
  address: string,
  commands: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const end = await ask(address, commands, signal);
  const says = `${name}: HAProxy at ${address}`;
  switch (end.kind) {
    case 'answered':
      return end.answers;
    case 'unreadable':
      throw new RetryableError('TARGET_ANSWER_UNREADABLE', `${says}: ${end.because}`);
    case 'lost':
      throw new RetryableError('TARGET_UNREACHABLE', `${says}: ${end.because}`);
    case 'notSent':
      if (!end.forbidden) throw new RetryableError('TARGET_UNREACHABLE', `${says}: ${end.because}`);
      throw new TerminalError(
        'TARGET_UNAUTHORIZED',
        `${says} may not be opened: give the worker the user or group that "stats socket" names in haproxy.cfg`,
      );
  }
}
