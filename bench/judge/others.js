// How others judge, on the same simulated phases; `docs/judge.md` says which settings.
const { kayenta } = require('./kayenta');
const { confidenceSequence, fixedLines, repeated } = require('./sequential');
const { argo, flagger } = require('./thresholds');

/** What has no limit of its own, and no counts of bad ones, none of them can be asked about. */
const any = ({ world }) => world.slowness === undefined;
const ofHelp = (phase) => any(phase) && phase.mode === 'compare';
const ofHelpAlone = (phase) => ofHelp(phase) && phase.world.guardrails === undefined;

/** Each takes looks and limits by metric; `isAsked` tells which phases it can judge at all. */
const OTHERS = {
  'Argo 60 s': { judge: argo({ everyS: 60, windowS: 60, count: 5, failureLimit: 0 }), isAsked: any },
  'Argo 10 s': { judge: argo({ everyS: 10, windowS: 30, count: 6, failureLimit: 1 }), isAsked: any },
  'Flagger 60 s': { judge: flagger({ everyS: 60, windowS: 60, threshold: 5 }), isAsked: any },
  'Flagger 10 s': { judge: flagger({ everyS: 10, windowS: 30, threshold: 5 }), isAsked: any },
  'Kayenta 600 s': { judge: kayenta({ bakeS: 600 }), isAsked: ofHelp },
  'Kayenta 120 s': { judge: kayenta({ bakeS: 120 }), isAsked: ofHelp },
  'confidence sequence': { judge: repeated(confidenceSequence(0.05, 0.01)), isAsked: ofHelpAlone },
  'Pocock, 60 looks': { judge: repeated(fixedLines(2.545, 2.895)), isAsked: ofHelpAlone },
  'naive z': { judge: repeated(fixedLines(1.645, 2.326)), isAsked: ofHelpAlone },
};

module.exports = { OTHERS };
