export { burstiness } from './burst';
export type { Burstiness } from './burst';
export { betsToCarry } from './carry';
export { calibration, ratioOf } from './calibration';
export { cohortDelta, hasBegunAgain } from './counters';
export { grownClasses, withClasses } from './classes';
export { dataAreBack, soakCanGoOn } from './data-are-back';
export { countedSince, pastAtBounds } from './bounds';
export {
  boundsOfPast,
  guardrailOf,
  heldAgainstPast,
  higher,
  measureOf,
  needsItsPast,
  pastOf,
} from './guardrail-setting';
export type { RememberedPast } from './guardrail-setting';
export { gaugeLevel } from './gauge';
export { judge, watchHarm } from './judge';
export { keep, recall, unreadIn } from './kept';
export type { KeptJudge, RememberedJudge } from './kept';
export { observe } from './observe';
export { judgeRecorded, observeRecorded, observeTargets, openRecorded } from './recorded';
export type { Judged, RecordedCounts, RecordedPolicy, RecordedSample, RecordedStratum } from './recorded';
export { firstShare } from './settings';
export type { JudgeSettings } from './settings';
export { lookOf } from './look-of';
export { shortened } from './sample-log';
export type { LoggedLook, LoggedMetric } from './sample-log';
export { soakText } from './soak-text';
export { standing } from './standing';
export { countsIn, targetOf } from './target-of';
export { carriedTauOf, tauFor } from './tau';
export type { Standing } from './standing';
export { openJudge } from './state';
export type { JudgeState } from './state';
export { tellingUnread, unreadLately } from './unread';
export type { Unread } from './unread';
export type { Verdict } from './verdict';
export { hasNoControl, judgesAlone } from './tests';
export { unmeasured } from './unmeasured';
export { isSilence } from './want-of-data';
