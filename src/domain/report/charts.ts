import { shareText } from '../plan/share';
import type { Band, Series } from './chart';
import { renderChart } from './chart';
import type { ReportModel } from './model';
import { count } from './text';

/** Both charts of a report: who was served by what, and who failed. Empty where there is nothing to draw. */
export function reportCharts(model: ReportModel): string {
  return [shareChart(model), ratioChart(model)].join('\n');
}

function shareChart(model: ReportModel): string {
  const last = model.shares.at(-1);
  if (!last) return '';
  const names = Object.keys(last.weights);
  const series = names.map((name): Series => ({
    name,
    steps: true,
    points: model.shares.map((point) => ({ at: point.at, value: point.weights[name] })),
  }));
  const revision = model.plan?.toRevision ?? 'the old revision';
  const ends = names
    .map((name) => `${name} ${shareText(last.weights[name] ?? 0, model.plan?.units?.[name])}`)
    .join(', ');
  return renderChart({
    id: 'share',
    title: `Share of users on ${revision} by target`,
    description: `Steps from 0 to 100 percent; at the end ${ends}. The timeline below has every step.`,
    from: model.startedAt,
    to: model.endedAt,
    max: 100,
    unit: ' %',
    series,
    bands: phaseBands(model),
  });
}

function ratioChart(model: ReportModel): string {
  const { traffic, plan } = model;
  if (traffic.length === 0) return '';
  const line = (cohort: 'current' | 'stable', name: string): Series => ({
    name,
    steps: false,
    points: traffic.map((point) => ({ at: point.at, value: ratioOf(point[cohort]) })),
  });
  const series = [
    line('current', `${plan?.fromRevision ?? 'suspect'} (suspect)`),
    line('stable', plan?.toRevision ?? 'old'),
  ];
  const highest = Math.max(0, ...series.flatMap((one) => one.points.map((point) => point.value ?? 0)));
  return renderChart({
    id: 'ratio',
    title: 'Bad requests by revision',
    description: `Percent of each revision's requests that were bad, from ${count(traffic.length)} looks; the verdicts below have the counts.`,
    from: model.startedAt,
    to: model.endedAt,
    max: highest === 0 ? 1 : Math.min(100, highest * 1.15),
    unit: ' %',
    series,
    bands: phaseBands(model),
  });
}

function ratioOf(counts: { readonly requests: number; readonly bad: number }): number | undefined {
  return counts.requests === 0 ? undefined : (counts.bad / counts.requests) * 100;
}

/** Each phase from its shift until the next one's. */
function phaseBands(model: ReportModel): readonly Band[] {
  const applied = (model.plan?.phases ?? []).flatMap((phase) =>
    phase.appliedAt === undefined ? [] : [{ from: phase.appliedAt, name: `phase ${phase.number}` }],
  );
  return applied.map((band, index) => ({ ...band, to: applied[index + 1]?.from ?? model.endedAt }));
}
