import { connect } from 'node:net';

/**
 * Commands on HAProxy's own socket, as an administrator would type them; not by the product, which is what is put to the
 * test.
 */
export function say(socket: string | number, ...commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const at = typeof socket === 'string' ? { path: socket } : { port: socket, host: '127.0.0.1' };
    const connection = connect(at, () => connection.write(`${commands.join('; ')}\n`));
    connection.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    connection.once('error', reject).once('close', () => resolve(text));
  });
}
