import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget } from '../../src/ports';
import { moved, readFrom, settled, shift, soon } from '../contract/target-requests';
import { describeWhere } from '../tools/installed';
import { createRole, Moto } from '../support/moto';
import { noMoto } from '../tools/moto';
import { startHttpRelay } from './support/http-relay';
import { awsTarget, describeAwsProgram } from './support/aws-subject';
import type { HttpRelay } from './support/http-relay';

const PROGRAM = join(__dirname, '..', '..', 'examples', 'recipes', 'lambda', 'target.js');
const ALIAS = { FunctionName: 'checkout', Name: 'live' };
const isChange = ({ method }: IncomingMessage): boolean => method !== 'GET';
const FROZEN = { status: 403, type: 'AccessDeniedException', body: '{"message":"frozen by ops"}' };

describeWhere(noMoto(), 'Lambda', () => {
  const moto = new Moto();
  let lambda: LambdaClient;
  const numbers = new Map<string, string>();
  beforeAll(async () => {
    await moto.start();
    const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
    lambda = new LambdaClient({ endpoint: moto.url, region: 'eu-central-1', credentials });
    const FunctionName = ALIAS.FunctionName;
    const Role = await createRole(moto);
    const Code = { ImageUri: 'registry.example/checkout:v40' };
    await lambda.send(new CreateFunctionCommand({ FunctionName, Role, PackageType: 'Image', Code }));
    for (const Description of ['v40', 'v41', 'v42']) {
      await lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName, ImageUri: `registry.example/checkout:${Description}` }),
      );
      const { Version = '' } = await lambda.send(new PublishVersionCommand({ FunctionName, Description }));
      numbers.set(Description, Version);
    }
    await lambda.send(new CreateAliasCommand({ ...ALIAS, FunctionVersion: numbers.get('v42') }));
  }, 600_000);
  afterAll(() => moto.stop());

  const route = (revision: string, Description = 'where customers are'): Promise<unknown> => {
    const RoutingConfig = { AdditionalVersionWeights: {} };
    const update = { ...ALIAS, FunctionVersion: numbers.get(revision), RoutingConfig, Description };
    return lambda.send(new UpdateAliasCommand(update));
  };

  interface Place {
    readonly relay: HttpRelay;
    readonly target: DeploymentTarget;
  }

  /** Everything on v42. */
  async function fresh(version = 'description'): Promise<Place> {
    await route('v42');
    let last = '';
    const relay = await startHttpRelay(moto.url, ({ method }, body) => {
      if (method !== 'PUT') return false;
      const { FunctionVersion, RoutingConfig } = JSON.parse(body) as Record<string, unknown>;
      const before = last;
      last = JSON.stringify([FunctionVersion, RoutingConfig]);
      return last !== before;
    });
    return { relay, target: targetAt(relay.url, version) };
  }

  function targetAt(url: string, version: string): DeploymentTarget {
    return awsTarget(url, [PROGRAM, '--function', ALIAS.FunctionName, '--alias', ALIAS.Name, '--version', version]);
  }

  describeAwsProgram({
    name: 'a Lambda alias',
    refusal: FROZEN,
    splits: 'an alias splits calls in percent',
    makesRoom: false,
    fresh,
  });

  describe('an alias', () => {
    let relay: HttpRelay;
    let target: DeploymentTarget;
    beforeEach(async () => ({ relay, target } = await fresh()));
    afterEach(() => relay.close());
    const alias = () => lambda.send(new GetAliasCommand(ALIAS));

    it('keeps what people wrote of it, and its first version until the other one has everything', async () => {
      await moved({ target }, { desired: 25 });
      expect(await alias()).toMatchObject({
        FunctionVersion: numbers.get('v42'),
        RoutingConfig: { AdditionalVersionWeights: { [numbers.get('v41') ?? '']: 0.25 } },
        Description: expect.stringMatching(
          /^where customers are \[phased-rollback \d+\/2 .*: v42 to v41, 0 to 25 %\]$/,
        ),
      });
      await moved({ target }, { number: 3, desired: 100, expected: 25 });
      expect((await alias()).FunctionVersion).toBe(numbers.get('v41'));
      await moved({ target }, { number: 4, desired: 50, expected: 100 });
      await moved({ target }, { number: 5, desired: 0, expected: 50 });
      expect(await alias()).toMatchObject({
        FunctionVersion: numbers.get('v42'),
        Description: expect.stringMatching(/^where customers are \[phased-rollback \d+\/5 [^[]*\]$/),
      });
    });

    it('is asked for by the number of a version, too', async () => {
      await relay.close();
      const byNumber = await fresh('version');
      ({ relay } = byNumber);
      const pair = { from: numbers.get('v42') ?? '', to: numbers.get('v41') ?? '' };
      await moved(byNumber, { desired: 12.5, revision: pair });
      expect(weightOf(await readFrom(byNumber.target), pair.to)).toBe(12.5);
    });

    it('is left alone where it serves a third version, or has a description without room', async () => {
      await route('v40');
      expect(await settled(() => target.shift(shift(), soon()))).toMatchObject({
        outcome: 'refused',
        code: 'THIRD_REVISION',
      });
      await route('v42', 'x'.repeat(200));
      const full = { outcome: 'refused', code: 'UNSUPPORTED_SHAPE', detail: expect.stringContaining('shorten it') };
      expect(await settled(() => target.shift(shift(), soon()))).toMatchObject(full);
      expect(relay.changes).toHaveLength(0);
    });

    it('is read again where somebody was quicker, as AWS documents that it says', async () => {
      const body = JSON.stringify({ Message: 'The Revision Id provided does not match', Type: 'User' });
      const stale = { status: 412, type: 'PreconditionFailedException', body, of: isChange };
      await relay.misbehave(stale);
      expect(await target.shift(shift(), AbortSignal.timeout(2_000))).toMatchObject({ outcome: 'unknown' });
      expect((await alias()).RoutingConfig?.AdditionalVersionWeights ?? {}).toEqual({});
      await relay.misbehave(undefined);
      await moved({ target }, { desired: 25 });
      expect(relay.changes.map((change) => JSON.parse(change) as object)).toEqual([
        expect.objectContaining({ RevisionId: (await alias()).RevisionId }),
      ]);
    });
  });
});
