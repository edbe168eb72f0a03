/** Why an alert started nothing. Closed, so that sources, pages and statistics can branch on it. */
export type AdmissionCode =
  | 'NOT_MATCHED'
  | 'BELOW_SEVERITY'
  | 'STALE'
  | 'RESOLVED'
  | 'REPEATED'
  | 'ALREADY_HANDLED'
  | 'COOLING_DOWN'
  | 'FROZEN'
  | 'AUTOMATION_OFF'
  | 'COMMON_CAUSE'
  | 'POLICY_INVALID';
