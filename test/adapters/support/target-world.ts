/** What a target of somebody else's remembers. */
export interface TargetWorld {
  readonly revisions: Record<string, { weight: number; readyCapacity: number; readyInstances: number }>;
  readonly changes: number;
}

/** What a target is moved by that is moved in whole pieces. */
export type WorldUnits = { readonly total: number; readonly name: string };

interface Rules {
  readonly answer: (
    state: TargetWorld,
    request: Record<string, unknown>,
    key: string | undefined,
  ) => { readonly status: number; readonly body: object };
  readonly freshState: (units?: WorldUnits) => TargetWorld;
}

/** The rules of the contract; plain JavaScript, because a program that knows no TypeScript uses them too. */
export const { answer, freshState } = require('./target-rules.js') as Rules;
