export { cohortDelta } from './counters';
export { judge, watchHarm } from './judge';
export { observe } from './observe';
export { firstShare, tauFor } from './settings';
export type { JudgeSettings } from './settings';
export { openJudge } from './state';
export type { JudgeState } from './state';
export type { Verdict } from './verdict';
export { unmeasured } from './unmeasured';
