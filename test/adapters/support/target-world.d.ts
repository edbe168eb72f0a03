export interface TargetWorld {
  readonly revisions: Record<string, { weight: number; readyCapacity: number; readyInstances: number }>;
  readonly changes: number;
}
export function answer(
  state: TargetWorld,
  request: Record<string, unknown>,
  key: string | undefined,
): { readonly status: number; readonly body: object };
export function freshState(): TargetWorld;
