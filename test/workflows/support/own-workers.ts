import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';

/** Connections for a suite that makes workers of its own. */
export interface Connections {
  readonly client: Client;
  readonly native: NativeConnection;
}

/** Opens them before the suite's tests and closes them after; they are there once a test runs. */
export function connections(): () => Connections {
  let opened: (Connections & { readonly connection: Connection }) | undefined;
  beforeAll(async () => {
    const address = process.env.TEST_TEMPORAL_ADDRESS;
    const connection = await Connection.connect({ address });
    opened = { connection, client: new Client({ connection }), native: await NativeConnection.connect({ address }) };
  });
  afterAll(async () => {
    await opened?.native.close();
    await opened?.connection.close();
  });
  return () => {
    if (!opened) throw new Error('the connections are open only while tests run');
    return opened;
  };
}
