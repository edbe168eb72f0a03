import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { TargetSubject } from '../../contract/deployment-target.contract';
import { soon } from '../../contract/target-requests';
import { eventually } from './fleet';
import type { Kube, KubeObject } from './kube';

/** A user who may do only what roles that are bound to it say. */
export const ORDINARY_USER = 'phased-rollback';
const MANIFESTS = join(__dirname, '..', '..', '..', 'deploy', 'kubernetes');
const PATH = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
const GROUP = 'rbac.authorization.k8s.io';

interface Role extends KubeObject {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** One verb on one kind of resource. */
interface Right {
  readonly group: string;
  /** With its subresource, such as `deployments/scale`. */
  readonly resource: string;
  readonly verb: string;
}

/** Lets the ordinary user do what the manifest of `deploy/kubernetes` says; gives back how to take it away. */
export async function grant(kube: Kube, manifest: string): Promise<() => Promise<void>> {
  const role = roleOf(manifest);
  const { name } = role.metadata;
  await kube.create(`${PATH}/roles`, role);
  await kube.create(`${PATH}/rolebindings`, {
    apiVersion: `${GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: GROUP, kind: 'Role', name },
    subjects: [{ apiGroup: GROUP, kind: 'User', name: ORDINARY_USER }],
  });
  await untilHeard(kube, rightsOf(role));
  return async () => {
    await kube.delete(`${PATH}/rolebindings/${name}`);
    await kube.delete(`${PATH}/roles/${name}`);
  };
}

/**
 * Takes one right of a manifest away at a time, and expects that the dry run finds it missing before anything is
 * changed, and says which it is and what gives it: so none of them is there for nothing, either. `create` makes a target
 * of the ordinary user.
 */
export function describeRights(
  plane: { readonly kube: Kube },
  manifest: string,
  create: () => Promise<TargetSubject>,
): void {
  describe(`without one of the rights in ${manifest}`, () => {
    const role = roleOf(manifest);
    let subject: TargetSubject;
    let revoke: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      subject = await create();
      revoke = await grant(plane.kube, manifest);
    });
    afterAll(async () => {
      await revoke?.();
      await subject.close();
    });

    it.each(rightsOf(role))('says beforehand that it cannot $verb $resource', async (missing) => {
      const rights = rightsOf(role).filter((right) => !isSame(right, missing));
      const rules = rights.map(({ group, resource, verb }) => ({
        apiGroups: [group],
        resources: [resource],
        verbs: [verb],
      }));
      await plane.kube.merge(`${PATH}/roles/${role.metadata.name}`, { rules });
      await untilHeard(plane.kube, rights, missing);
      const { verb, resource } = missing;
      const cannot = `User "${ORDINARY_USER}" cannot ${verb} resource "${resource}" .* namespace "default": .*deploy/kubernetes`;
      await expect(subject.target.check({ from: 'v42', to: 'v41' }, soon())).rejects.toMatchObject({
        code: 'TARGET_UNAUTHORIZED',
        message: expect.stringMatching(cannot),
      });
      expect(await subject.changes()).toBe(0);
    });
  });
}

function roleOf(manifest: string): Role {
  // What the manifests hold is ours.
  return parse(readFileSync(join(MANIFESTS, manifest), 'utf8')) as Role;
}

function rightsOf({ rules }: Role): readonly Right[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb): Right => ({ group, resource, verb }))),
    ),
  );
}

function isSame(one: Right, other: Right): boolean {
  return one.group === other.group && one.resource === other.resource && one.verb === other.verb;
}

/** The server hears by a watch of what was given and taken. */
async function untilHeard(kube: Kube, rights: readonly Right[], missing?: Right): Promise<void> {
  await eventually(async () => {
    if (missing && (await isAllowed(kube, missing))) return false;
    const allowed = await Promise.all(rights.map((right) => isAllowed(kube, right)));
    return allowed.every((each) => each);
  });
}

async function isAllowed(kube: Kube, { group, resource: whole, verb }: Right): Promise<boolean> {
  const [resource, subresource] = whole.split('/');
  const resourceAttributes = { namespace: 'default', group, resource, subresource, verb };
  const answer = (await kube.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: ORDINARY_USER, resourceAttributes },
  })) as { status: { allowed: boolean } };
  return answer.status.allowed;
}
