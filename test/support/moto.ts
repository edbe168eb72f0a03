import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { freePort } from '../../src/temporal';
import { motoPython } from '../tools/moto';
import { ended } from './ended';

const READY_WITHIN_MS = 5 * 60_000;

/** A server that answers as AWS does, of people who are not AWS: https://github.com/getmoto/moto. */
export class Moto {
  url = '';
  private server: ChildProcess | undefined;

  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const python = await motoPython((line) => process.stderr.write(`${line}\n`));
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    process.once('exit', () => this.server?.kill('SIGKILL'));
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      if (await fetch(`${this.url}/moto-api/data.json`).catch(() => undefined)) return;
      if (Date.now() > deadline || this.server.exitCode !== null) throw new Error('moto does not answer');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Asks a service whose client the tests do not have, in AWS's older protocol; moto checks no signature. */
  async query(service: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    const scope = `testing/20260101/eu-central-1/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=unchecked`;
    const body = new URLSearchParams(parameters);
    return (await fetch(this.url, { method: 'POST', body, headers: { authorization } })).text();
  }

  async stop(): Promise<void> {
    await ended(this.server);
  }
}

/** Variables of a program that speaks to it, or to what stands before it. */
export const awsEnvironment = (url: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: 'eu-central-1',
});

const TRUSTED = { Version: '2012-10-17', Statement: [] };

/** A role that functions may be given; gives back its name in full. */
export async function createRole(moto: Moto): Promise<string> {
  const AssumeRolePolicyDocument = JSON.stringify(TRUSTED);
  const asked = { Action: 'CreateRole', Version: '2010-05-08', RoleName: 'tests', AssumeRolePolicyDocument };
  const answer = await moto.query('iam', asked);
  const [, arn] = /<Arn>([^<]+)<\/Arn>/.exec(answer) ?? [];
  if (arn === undefined) throw new Error(`moto made no role: ${answer.slice(0, 500)}`);
  return arn;
}
