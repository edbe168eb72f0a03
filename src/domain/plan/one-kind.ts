import type { PhaseDraft } from './paces';

/**
 * The same phases, none of which leaves one target a control and another none: help is judged beside the suspect, a
 * target without it by its own ratio alone, and one verdict cannot be both. What keeps a control goes first and says
 * whether going back helps; the others follow in a phase of their own.
 */
export function withoutMixed(drafts: readonly PhaseDraft[], fromRevision: string): readonly PhaseDraft[] {
  return drafts.flatMap((draft): readonly PhaseDraft[] => {
    const shared = draft.weights.filter(({ weight }) => weight < 100);
    const whole = draft.weights.filter(({ weight }) => weight >= 100);
    if (shared.length === 0 || whole.length === 0) return [draft];
    const names = new Intl.ListFormat('en').format(whole.map(({ target }) => target));
    const verb = whole.length === 1 ? 'follows' : 'follow';
    const because = `without ${fromRevision} beside ${whole.length === 1 ? 'it' : 'them'}, ${names} ${verb} alone and will be judged by what fails there alone`;
    return [
      { ...draft, weights: shared },
      { ...draft, ...renamed(draft), weights: whole, gate: 'automatic', because: `${draft.because}; ${because}` },
    ];
  });
}

function renamed({ name }: PhaseDraft): Pick<PhaseDraft, 'name'> {
  return name === undefined ? {} : { name: `${name}, what keeps no control` };
}
