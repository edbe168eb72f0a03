/**
 * Behaviour versions of the code that runs inside the rollback workflow. A run keeps the number it started with,
 * so a change of behaviour is a new number beside the old one, never an edit of it.
 *
 * | number | what | since | removable when |
 * | --- | --- | --- | --- |
 * | 1 | the first | 0.1.0 | never |
 */
export const CURRENT_RULES = 1;
