/** Black on white: nothing is told by colour alone. Rows are not torn between pages, and nothing that people type is wider than the paper. */
export const STYLE = `:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.4 serif; color: #000; background: #fff; max-width: 180mm; margin: 10mm auto; padding: 0 4mm; }
h1 { font-size: 20pt; margin: 0 0 2mm; }
h2 { font-size: 13pt; margin: 8mm 0 2mm; border-bottom: 1.5pt solid #000; }
h3 { font-size: 11pt; margin: 4mm 0 1mm; }
table { width: 100%; border-collapse: collapse; margin: 2mm 0; }
th, td { border: 0.5pt solid #555; padding: 1mm 1.5mm; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
tr.act th { background: #e6e6e6; font-size: 11pt; }
tr.odd td { border-left-width: 3pt; }
table.facts th { width: 28mm; }
td.initials { min-width: 18mm; }
table.steps td:nth-child(4) { white-space: nowrap; }
td.line { height: 11mm; width: 65mm; }
table.steps td:nth-child(1) { width: 9mm; }
table.steps td:nth-child(3) { width: 26mm; overflow-wrap: break-word; }
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
svg.timeline { width: 100%; height: auto; }
@page { margin: 15mm; }
@media print { body { margin: 0; max-width: none; padding: 0; } section { break-inside: auto; } h2 { break-after: avoid; } }
`;
