import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Moto } from '../../support/moto';

export const CLUSTER = 'prod';
export const REVISIONS = { blue: 'v42', green: 'v41' } as const;
/** Tasks that serve everything. */
export const TASKS = 4;
type Color = keyof typeof REVISIONS;

/** Two services behind a rule of a load balancer, in moto. */
export class EcsShop {
  rule = '';
  readonly groups = new Map<Color, string>();
  private readonly moto: Moto;
  private ecs: ECSClient | undefined;
  private balancer: ElasticLoadBalancingV2Client | undefined;

  constructor(moto: Moto) {
    this.moto = moto;
  }

  async create(): Promise<void> {
    const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
    const place = { endpoint: this.moto.url, region: 'eu-central-1', credentials };
    this.ecs = new ECSClient(place);
    this.balancer = new ElasticLoadBalancingV2Client(place);
    await this.ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
    const { subnets, vpc } = await this.network();
    for (const color of ['blue', 'green'] as const) await this.createService(color, vpc);
    const { LoadBalancers = [] } = await this.balancer.send(
      new CreateLoadBalancerCommand({ Name: 'shop', Subnets: subnets }),
    );
    const { Listeners = [] } = await this.balancer.send(
      new CreateListenerCommand({
        LoadBalancerArn: LoadBalancers[0]?.LoadBalancerArn,
        Protocol: 'HTTP',
        Port: 80,
        DefaultActions: this.actions(),
      }),
    );
    const Conditions = [{ Field: 'path-pattern', Values: ['/checkout/*'] }];
    const { Rules = [] } = await this.balancer.send(
      new CreateRuleCommand({
        ListenerArn: Listeners[0]?.ListenerArn,
        Priority: 1,
        Conditions,
        Actions: this.actions(),
      }),
    );
    this.rule = Rules[0]?.RuleArn ?? '';
  }

  /** Everything on v42, and no task of v41. */
  async reset(): Promise<void> {
    await this.scale('blue', TASKS);
    await this.scale('green', 0);
    await this.route();
  }

  async scale(color: Color, desiredCount: number): Promise<void> {
    await this.ecs?.send(new UpdateServiceCommand({ cluster: CLUSTER, service: color, desiredCount }));
  }

  async scales(): Promise<readonly (number | undefined)[]> {
    const asked = new DescribeServicesCommand({ cluster: CLUSTER, services: ['blue', 'green'] });
    return (await this.ecs?.send(asked))?.services?.map(({ desiredCount }) => desiredCount) ?? [];
  }

  /** Puts the weights by hand. */
  async route(weights: Readonly<Record<Color, number>> = { blue: 1, green: 0 }, sticky = false): Promise<void> {
    await this.balancer?.send(new ModifyRuleCommand({ RuleArn: this.rule, Actions: this.actions(weights, sticky) }));
  }

  async forward(): Promise<Action | undefined> {
    const { Rules = [] } = (await this.balancer?.send(new DescribeRulesCommand({ RuleArns: [this.rule] }))) ?? {};
    return Rules[0]?.Actions?.[0];
  }

  private actions(weights = { blue: 1, green: 0 }, Enabled = false): Action[] {
    const TargetGroups = [...this.groups].map(([color, TargetGroupArn]) => ({
      TargetGroupArn,
      Weight: weights[color],
    }));
    const stickiness = Enabled ? { Enabled, DurationSeconds: 60 } : { Enabled };
    return [{ Type: 'forward', ForwardConfig: { TargetGroups, TargetGroupStickinessConfig: stickiness } }];
  }

  private async createService(color: Color, VpcId: string): Promise<void> {
    const image = `registry.example:5000/shop/checkout:${REVISIONS[color]}`;
    const container = { name: 'main', image, memory: 64 };
    await this.ecs?.send(new RegisterTaskDefinitionCommand({ family: color, containerDefinitions: [container] }));
    const group = new CreateTargetGroupCommand({ Name: color, Protocol: 'HTTP', Port: 80, VpcId, TargetType: 'ip' });
    const { TargetGroups = [] } = (await this.balancer?.send(group)) ?? {};
    const TargetGroupArn = TargetGroups[0]?.TargetGroupArn ?? '';
    // ECS would do that for each of its tasks.
    const Targets = Array.from({ length: TASKS }, (_, number) => ({ Id: `10.0.0.${number + 10}`, Port: 80 }));
    await this.balancer?.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
    this.groups.set(color, TargetGroupArn);
    const loadBalancers = [{ targetGroupArn: TargetGroupArn, containerName: 'main', containerPort: 80 }];
    await this.ecs?.send(
      new CreateServiceCommand({
        cluster: CLUSTER,
        serviceName: color,
        taskDefinition: color,
        desiredCount: 0,
        loadBalancers,
      }),
    );
  }

  private async network(): Promise<{ readonly subnets: string[]; readonly vpc: string }> {
    const answer = await this.moto.query('ec2', { Action: 'DescribeSubnets', Version: '2016-11-15' });
    const subnets = [...answer.matchAll(/<subnetId>([^<]+)</g)].map(([, id]) => id ?? '');
    const [, vpc = ''] = /<vpcId>([^<]+)</.exec(answer) ?? [];
    return { subnets: subnets.slice(0, 2), vpc };
  }
}
