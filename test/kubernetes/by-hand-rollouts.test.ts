import { weightOf } from '../../src/domain/plan/census';
import { moved, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { scriptFor, stepByHand, untold } from './support/by-hand';
import { hardOfHearing } from './support/ear';
import { podTemplate } from './support/fleet';
import { rolloutShop } from './support/rollout-shop';
import type { RolloutShop, RolloutWishes } from './support/rollout-shop';
import { controlPlane } from './support/suite';

const plane = controlPlane({ rollouts: true });

describe('steps by hand of a Rollout', () => {
  let shop: RolloutShop;
  const made = async (wishes?: RolloutWishes): Promise<RolloutShop> => (shop = await rolloutShop(plane, wishes));
  const served = async (): Promise<number> => weightOf(await readFrom(shop.target), 'v41');
  afterEach(() => shop.close());

  it('aborts by hand one that is under way, whose spec stays as it is, and takes the abort back to the same step', async () => {
    await made({ half: true });
    const { spec } = await shop.read();
    const script = await scriptFor(shop.target, [0, 50, 100]);
    expect(script.steps.map(({ weight }) => weight)).toEqual([50, 100]);
    await stepByHand(script, 100, shop.shell);
    expect(await shop.pods()).toEqual({ v41: 2, v42: 0 });
    expect((await shop.read()).status).toMatchObject({ abort: true });
    await stepByHand(script, 50, shop.shell);
    await shop.untilPhase('Paused');
    expect(await shop.pods()).toEqual({ v41: 1, v42: 1 });
    expect(await shop.read()).toMatchObject({ spec, status: { currentStepIndex: 1 } });
  });

  it('knows after an effect of ours what there was before', async () => {
    await made({ half: true });
    await moved(shop, { desired: 100, expected: 50 });
    await stepByHand(await scriptFor(shop.target, [50]), 50, shop.shell);
    expect(await served()).toBe(50);
    await shop.close();
    await made();
    await moved(shop, { desired: 100 });
    await stepByHand(await scriptFor(shop.target, [0]), 0, shop.shell);
    expect(await shop.pods()).toEqual({ v41: 0, v42: 2 });
  });

  it('aborts by hand one that somebody promotes past its steps and whose pods do not come', async () => {
    await made({ newNode: 'that-is-not-there' });
    await stepByHand(await scriptFor(shop.target), 100, shop.shell);
    expect((await shop.read()).status).toMatchObject({ abort: true });
    expect(await served()).toBe(100);
  });

  it('switches a blue-green one by hand, and back', async () => {
    await made({ blueGreen: {} });
    const script = await scriptFor(shop.target, [0, 100]);
    await stepByHand(script, 100, shop.shell);
    expect(await served()).toBe(100);
    await stepByHand(script, 0, shop.shell);
    expect(await served()).toBe(0);
  });

  it('takes one behind a router back by hand, finished or on its way', async () => {
    await made({ routed: true });
    const script = await scriptFor(shop.target, [0, 100]);
    await stepByHand(script, 100, shop.shell);
    expect(await shop.traffic()).toEqual({ v41: 100 });
    await stepByHand(script, 0, shop.shell);
    expect(await shop.traffic()).toEqual({ v42: 100 });
    await shop.close();
    await made({ routed: true, half: true });
    const half = await scriptFor(shop.target, [50, 100]);
    await stepByHand(half, 100, shop.shell);
    expect(await shop.traffic()).toEqual({ v41: 100 });
    await stepByHand(half, 50, shop.shell);
    expect(await shop.traffic()).toEqual({ v41: 50, v42: 50 });
  });

  it('keeps what a template says from those who are given the script', async () => {
    await made();
    const { metadata, spec } = podTemplate(shop.rollout, 'v42');
    const env = [{ name: 'PASSWORD', value: `hun'ter "2" %s \\n é` }];
    await shop.change({ template: { metadata, spec: { ...spec, containers: [{ ...spec.containers[0], env }] } } });
    await shop.untilPhase('Paused');
    await shop.say({ promoteFull: true });
    await shop.untilPhase('Healthy');
    const { template } = (await shop.read()).spec;
    const script = await scriptFor(shop.target, [0, 100]);
    expect(JSON.stringify(script)).not.toContain('hun');
    const said = [await stepByHand(script, 100, shop.shell), await stepByHand(script, 0, shop.shell)];
    expect(said.join()).not.toContain('hun');
    // A ReplicaSet keeps it with the defaults of Kubernetes filled in.
    expect((await shop.read()).spec.template).toMatchObject(template);
  });

  it('stops a step by hand where a third revision was rolled out since', async () => {
    await made();
    const script = await scriptFor(shop.target);
    await shop.change({ template: podTemplate(shop.rollout, 'v43') });
    const before = await shop.changes();
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining(`${shop.rollout} was rolled out anew since this was written: it is at`),
    });
    expect(await shop.changes()).toBe(before);
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/is to run v43, which is neither v42 nor v41/));
  });

  it('stops a step by hand where it was paused since, and tells none of what is paused or aborted already', async () => {
    await made();
    const script = await scriptFor(shop.target);
    await shop.change({ paused: true });
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining('is paused by spec.paused, and follows nothing meanwhile; take spec.paused away'),
    });
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/is paused by spec.paused.*take spec.paused away/));
    await shop.change({ paused: false, template: podTemplate(shop.rollout, 'v41') });
    await shop.untilPhase('Paused');
    await shop.say({ abort: true });
    await shop.untilPhase('Degraded');
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining('its own analysis or somebody has aborted that; find out why'),
    });
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/has aborted that.*kubectl argo rollouts retry/));
  });

  it('gives no template by hand to what others manage, and aborts that nevertheless', async () => {
    const marks = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:argoproj.io/Rollout:x/y' } };
    await made({ half: true, marks });
    const script = await scriptFor(shop.target);
    await shop.say({ promoteFull: true });
    await shop.untilPhase('Healthy');
    const before = await shop.changes();
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining('managed by Argo CD, application shop'),
    });
    expect(await shop.changes()).toBe(before);
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/managed by Argo CD, application shop/));
    await shop.close();
    await made({ half: true, marks });
    await stepByHand(await scriptFor(shop.target), 100, shop.shell);
    expect(await served()).toBe(100);
  });

  it('takes a step by hand for a foreign change', async () => {
    await made({ half: true });
    await ready(shop);
    await stepByHand(await scriptFor(shop.target), 100, shop.shell);
    expect(await settled(() => shop.target.shift(shift({ desired: 100, expected: 50 }), soon()))).toMatchObject({
      outcome: 'conflict',
      code: 'CHANGED_BY_OTHERS',
    });
  });

  it('wakes by hand a controller that has put an older Rollout over what it was told', async () => {
    const other = await hardOfHearing(plane);
    try {
      await made({ half: true, marks: other.marks });
      const script = await scriptFor(shop.target);
      const isTold = async (): Promise<boolean> => (await shop.read()).status?.abort === true;
      await other.lose(shop, () => stepByHand(script, 100, shop.shell), isTold);
      expect(await shop.pods()).toEqual({ v41: 2, v42: 0 });
      expect((await shop.read()).metadata.annotations).toHaveProperty(['phased-rollback/woken']);
    } finally {
      await other.close();
    }
  });
});
