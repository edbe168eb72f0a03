import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, constants, createSecureServer } from 'node:http2';
import type {
  ClientHttp2Session,
  Http2SecureServer,
  Http2Session,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Certificates of an authority of our own: for a server on this machine, and for a client. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly key: string; readonly cert: string };
  readonly client: { readonly key: string; readonly cert: string };
}

/** Makes them with openssl in that folder; the values are paths. */
export function makeCertificates(dir: string): Certificates {
  const at = (name: string): string => join(dir, name);
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: dir });
  const keyOf = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...keyOf, '-subj', '/CN=test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  for (const name of ['server', 'client']) {
    openssl(
      'req',
      '-new',
      ...keyOf.slice(0, 3),
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
  const pair = (name: string) => ({ key: at(`${name}.key`), cert: at(`${name}.pem`) });
  return { ca: at('ca.pem'), server: pair('server'), client: pair('client') };
}

/** What a front demands. */
export interface Demands {
  readonly apiKey?: string;
  /** Only callers with a certificate of the authority. */
  readonly clientCertificate?: boolean;
}

/** Ends TLS in front of a Temporal server without any, as a gateway or Temporal Cloud does, and checks who calls. */
export class TlsFront {
  address = '';
  private readonly server: Http2SecureServer;
  private readonly callers = new Set<Http2Session>();
  private readonly behind: ClientHttp2Session;
  private readonly demands: Demands;

  constructor(temporal: string, certificates: Certificates, demands: Demands) {
    this.demands = demands;
    this.behind = connect(`http://${temporal}`);
    this.behind.on('error', () => undefined);
    this.server = createSecureServer({
      key: readFileSync(certificates.server.key),
      cert: readFileSync(certificates.server.cert),
      ca: readFileSync(certificates.ca),
      requestCert: demands.clientCertificate ?? false,
      rejectUnauthorized: demands.clientCertificate ?? false,
    });
    this.server.on('stream', (stream, headers) => this.pass(stream, headers));
    this.server.on('session', (session) => {
      this.callers.add(session);
      session.on('error', () => undefined);
      session.once('close', () => this.callers.delete(session));
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.address = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.behind.destroy();
    this.server.close();
    for (const caller of this.callers) caller.destroy();
  }

  private pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined);
    const { apiKey } = this.demands;
    if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) {
      const refused = { 'grpc-status': '16', 'grpc-message': 'Request unauthorized.' };
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refused }, { endStream: true });
      return;
    }
    const { ':method': method, ':path': path, ':scheme': _scheme, ':authority': _authority, ...rest } = headers;
    const call = this.behind.request({ ...rest, ':method': method, ':path': path });
    let trailers: IncomingHttpHeaders = {};
    call.on('error', () => stream.close(constants.NGHTTP2_CANCEL));
    stream.on('close', () => call.close(constants.NGHTTP2_CANCEL));
    call.on('trailers', (told) => (trailers = told));
    call.on('response', (answer, flags) => {
      const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(answer, isWhole ? { endStream: true } : { waitForTrailers: true });
      if (isWhole) return;
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      call.pipe(stream);
    });
    stream.pipe(call);
  }
}
