import type { ReportTable } from './tables';
import { plain } from './text';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes text literal in HTML and SVG, in elements and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** The same for text of several lines, whose line ends are kept. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeMarkup).join('\n');
}

/** One table with its caption, scrolling by itself where it is too wide. Empty without rows. */
export function htmlTable({ title, head, rows }: ReportTable): string {
  if (rows.length === 0) return '';
  const caption = escapeMarkup(title);
  const heads = head.map((cell) => `<th scope="col">${escapeMarkup(cell)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('')}</tr>`).join('\n');
  return `<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table><caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${body}
</tbody></table>
</div>`;
}
