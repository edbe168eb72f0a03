import type { TargetPolicy } from '../policy/policy';
import { nearest } from './nearest';

/** True when the target has every one of these labels with exactly these values; no labels select everything. */
export function hasLabels(target: TargetPolicy, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([label, value]) => target.labels[label] === value);
}

/** Why no target has all of these labels, naming what there is and what was probably meant. */
export function whyNoneHas(targets: readonly TargetPolicy[], labels: Readonly<Record<string, string>>): string {
  for (const [label, value] of Object.entries(labels)) {
    const values = [...new Set(targets.flatMap((target) => target.labels[label] ?? []))];
    if (values.length === 0) {
      const names = [...new Set(targets.flatMap((target) => Object.keys(target.labels)))];
      return `no target has a label "${label}"${insteadOf(label, names)}`;
    }
    if (!values.includes(value)) return `no target has ${label} "${value}"${insteadOf(value, values)}`;
  }
  return `no target has all of ${Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(', ')} together`;
}

function insteadOf(word: string, options: readonly string[]): string {
  const meant = nearest(word, options);
  if (meant !== undefined) return `; did you mean "${meant}"?`;
  return options.length > 0 ? `; there is ${options.join(', ')}` : '; the targets have no labels';
}
