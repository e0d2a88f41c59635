import type { Mode } from '../../audit/entry.ts';

export const PRACTICE = 'PRACTICE: NOT A PRODUCTION CEREMONY';

/** Black on white: nothing is told by colour alone. Rows are not torn between pages, and nothing that people type is wider than the paper. */
export const STYLE = `:root { color-scheme: light; }
* { box-sizing: border-box; }
body { overflow-wrap: anywhere; font: 10.5pt/1.4 serif; color: #000; background: #fff; max-width: 180mm; margin: 10mm auto; padding: 0 4mm; }
h1 { font-size: 20pt; margin: 0 0 2mm; }
h2 { font-size: 13pt; margin: 8mm 0 2mm; border-bottom: 1.5pt solid #000; }
h3 { font-size: 11pt; margin: 4mm 0 1mm; }
table { width: calc(100% - 0.5pt); border-collapse: collapse; margin: 2mm 0; }
th, td { border: 0.5pt solid #555; padding: 1mm 1.5mm; text-align: left; vertical-align: top; }
th { overflow-wrap: normal; }
tr.act th { overflow-wrap: anywhere; }
tr.act { break-after: avoid; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
tr.act th { background: #e6e6e6; font-size: 11pt; }
tr.odd td { border-left-width: 3pt; }
table.facts th { width: 28mm; }
td.initials { min-width: 18mm; }
table.steps td:nth-child(4) { white-space: nowrap; }
td.line { height: 11mm; width: 65mm; }
td.time { white-space: nowrap; }
td.word { min-width: 31mm; }
td.duty { width: 55mm; }
table.steps td:nth-child(1) { width: 9mm; }
table.steps td:nth-child(3) { width: 29mm; min-width: 29mm; }
table.steps td:nth-child(4) { width: 38mm; font-size: 9pt; }
ul { margin: 1mm 0; padding-left: 5mm; }
li.entry { font-size: 8.5pt; }
code, pre { font-family: monospace; font-size: 9pt; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 0.5pt solid #555; padding: 2mm; }
.hash code { font-size: 10pt; letter-spacing: 0.02em; }
.words { margin: 1mm 0; font-size: 10pt; }
.key { break-inside: avoid; }
.qr { width: 42mm; height: 42mm; break-inside: avoid; }
.qr svg { width: 100%; height: 100%; }
.practice { border: 3pt double #000; padding: 3mm; font-size: 16pt; font-weight: bold; text-align: center; }
svg.timeline { display: block; width: 100%; height: auto; break-inside: avoid; }
@media print { body { margin: 0; max-width: none; padding: 0; } section { break-inside: auto; } h2 { break-after: avoid; } }
`;

/**
 * What stands on every sheet that is printed: which ceremony, which sheet of how many, and that it was practice, if it was.
 * @param id of the ceremony
 */
export function pageStyle(id: string, mode: Mode): string {
  const box = (place: string, content: string): string => `@${place} { content: ${content}; font: 8pt sans-serif; }`;
  const practice = mode === 'practice' ? `@top-center { content: "${PRACTICE}"; font: bold 10pt sans-serif; }` : '';
  const name = id.replace(/[^0-9A-Za-z.-]/g, '');
  return `@page { margin: 15mm; ${practice} ${box('bottom-left', `"ceremony ${name}"`)} ${box('bottom-right', 'counter(page) " of " counter(pages)')} }\n`;
}
