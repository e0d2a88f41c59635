import { toString as qrCode } from 'qrcode';
import { parseMoment } from '../../config/time-text.ts';
import type { CeremonyReport, Hash } from './collect.ts';
import { escaped, escapedLines } from './html-text.ts';
import { PRACTICE, pageStyle, STYLE } from './style.ts';
import { timelineSvg } from './timeline.ts';

/**
 * The report as one HTML page that needs nothing else: no script, no font, no picture from elsewhere. Prints on A4 and Letter.
 */
export async function reportHtml(report: CeremonyReport): Promise<string> {
  const codes = await qrCodes(report);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(`${report.title}, ${report.id}`)}</title>
<style>
${STYLE}${pageStyle(report.id, report.mode)}</style>
</head>
<body>
${report.mode === 'practice' ? `<p class="practice">${PRACTICE}</p>\n` : ''}<header>
<h1>${escaped(report.title)}</h1>
<p>${escapedLines(report.purpose)}</p>
</header>
${section('Ceremony', summary(report))}
${section('People', people(report))}
${section('Timeline', timelineSvg(report, parseMoment))}
${section('Steps', steps(report))}
${section('Exceptions', exceptions(report))}
${section('What did not go straight on', events(report))}
${section('Keys that were made, restored or destroyed', keys(report, codes))}
${section('Releases', list(report.releases))}
${section('Checkpoint', checkpoint(report, codes))}
${section('Signatures', signatures(report))}
</body>
</html>
`;
}

type Codes = ReadonlyMap<string, string>;

/** Text → QR code as SVG. */
async function qrCodes({ keys, checkpoint }: CeremonyReport): Promise<Codes> {
  const texts = [...keys.flatMap(({ ds }) => (ds === undefined ? [] : [ds])), checkpoint.note];
  const codes = new Map<string, string>();
  for (const text of new Set(texts)) codes.set(text, await qrCode(text, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 }));
  return codes;
}

const section = (title: string, content: string): string => `<section>\n<h2>${title}</h2>\n${content}\n</section>`;
const list = (items: readonly string[]): string =>
  items.length === 0 ? '<p>None.</p>' : `<ul>\n${items.map((item) => `<li>${escaped(item)}</li>`).join('\n')}\n</ul>`;
const row = (name: string, value: string): string => `<tr><th scope="row">${name}</th><td>${value}</td></tr>`;

function summary({ id, origin, mode, opened, ended, outcome, reason, script, plan, environment }: CeremonyReport): string {
  return `<table class="facts">
${row('Ceremony', escaped(id))}
${row('Log', escaped(origin))}
${row('Mode', mode)}
${row('From', opened)}
${row('To', ended ?? 'not ended')}
${row('Came to', `${escaped(outcome)}${reason === undefined ? '' : `: ${escaped(reason)}`}`)}
${row('Script', hash(script))}
${row('Plan', hash(plan))}
${row('Environment', hash(environment))}
</table>`;
}

/** To be read aloud: groups of four digits, then words. */
function hash({ hex, words }: Hash): string {
  return `<div class="hash"><code>${(hex.match(/.{4}/g) ?? []).join(' ')}</code><p class="words">${words.map(escaped).join(' ')}</p></div>`;
}

/** `ada (Ada Lovelace)`: the log has the short name, people know the other one. */
function named(person: string, { names }: CeremonyReport): string {
  const name = Object.hasOwn(names, person) ? names[person]! : person;
  return escaped(name === person ? person : `${person} (${name})`);
}

function people(report: CeremonyReport): string {
  const { roles, attendance } = report;
  const held = roles.map(
    ({ title, duty, people: names }) =>
      `<tr><td class="word">${escaped(title)}</td><td>${names.map((person) => named(person, report)).join(', ')}</td><td class="duty">${escapedLines(duty)}</td></tr>`,
  );
  const came = attendance.map(
    ({ time, person, role, act }) =>
      `<tr><td class="time">${time}</td><td>${named(person, report)}</td><td class="word">${escaped(role)}</td><td>${act}</td></tr>`,
  );
  return `<table><thead><tr><th>Role</th><th>Held by</th><th>Duty</th></tr></thead><tbody>${held.join('\n')}</tbody></table>
<table><thead><tr><th>Time (UTC)</th><th>Person</th><th>Role</th><th>Came or left</th></tr></thead><tbody>${came.join('\n')}</tbody></table>`;
}

function steps({ steps: all }: CeremonyReport): string {
  const rows = all.map(({ number, id, act, title, role, begun, ended, outcome, text, attempts, evidence, approvals, entries }, i) => {
    const heading = all[i - 1]?.act === act ? '' : `<tr class="act"><th colspan="5">${escaped(act)}</th></tr>\n`;
    const agreed = approvals.map(
      ({ person, role: as, by, time }) => `<li>${escaped(person)} (${escaped(as)}) agreed, by ${by}, ${time}</li>`,
    );
    const told = entries.map((entry) => `<li class="entry">${entry.seq}: ${escaped(entry.text)}</li>`);
    const kept = evidence === undefined ? [] : [`<li>kept with it: ${escaped(evidence.name)}, sha256 <code>${evidence.sha256}</code></li>`];
    const tries = attempts > 1 ? [`<li>attempt ${attempts}</li>`] : [];
    const details = [...tries, ...agreed, ...kept, ...told].join('');
    return `${heading}<tr class="${outcome === 'done' ? 'done' : 'odd'}"><td>${number}</td><td><strong>${escaped(title)}</strong> <code>${escaped(id)}</code><br>${escaped(text)}${details === '' ? '' : `<ul>${details}</ul>`}</td><td>${escaped(role)}</td><td>${begun ?? ''}<br>${ended ?? ''}<br>${outcome === 'done' ? 'done' : outcome.toUpperCase()}</td><td class="initials"></td></tr>`;
  });
  return `<table class="steps"><thead><tr><th>#</th><th>Step</th><th>Role</th><th>Begun, ended (UTC)</th><th>Initials</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
}

function exceptions({ exceptions: all }: CeremonyReport): string {
  if (all.length === 0) return '<p>None.</p>';
  const rows = all.map(
    ({ number, step, time, what, why, agreed, followUp, closed }) =>
      `<tr><td>${number}</td><td class="word">${time}<br>${escaped(step)}</td><td>${escaped(what)}<br>because ${escaped(why)}</td><td>${agreed.map(escaped).join(', ')}</td><td>${escaped(followUp)}<br>${closed === undefined ? '<strong>OPEN</strong>' : `closed ${closed.time}: ${escaped(closed.text)}`}</td></tr>`,
  );
  return `<table><thead><tr><th>#</th><th>When, where</th><th>What and why</th><th>Agreed</th><th>Follow-up</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

function events({ events: all }: CeremonyReport): string {
  if (all.length === 0) return '<p>Nothing.</p>';
  const rows = all.map(({ time, text }) => `<tr><td class="time">${time}</td><td>${escaped(text)}</td></tr>`);
  return `<table><thead><tr><th>Time (UTC)</th><th>What</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

function keys({ keys: all }: CeremonyReport, codes: Codes): string {
  if (all.length === 0) return '<p>None.</p>';
  return all
    .map(
      ({ became, zone, role, keyTag, algorithm, fingerprint, ds }) =>
        `<div class="key"><h3>${role.toUpperCase()} ${keyTag} of ${escaped(zone)}, algorithm ${algorithm}: ${became === 'destroyed' ? 'DESTROYED' : became}</h3>${ds === undefined ? '' : `<p><code>${escaped(ds)}</code></p>`}${hash(fingerprint)}${ds === undefined ? '' : `<div class="qr">${codes.get(ds)!}</div>`}</div>`,
    )
    .join('\n');
}

function checkpoint({ checkpoint: { size, root, note } }: CeremonyReport, codes: Codes): string {
  return `<p>The log has ${size} entries. The witness of the next ceremony types this number and the first eight words. This is the head of the log when this page was made; a page that was printed in the ceremony itself counts as well.</p>
${hash(root)}
<pre>${escapedLines(note)}</pre>
<div class="qr">${codes.get(note)!}</div>`;
}

function signatures(report: CeremonyReport): string {
  const { roles } = report;
  const names = [...new Set(roles.flatMap(({ people: held }) => held))];
  const rows = names.map((person) => `<tr><td>${named(person, report)}</td><td class="line"></td><td class="line"></td></tr>`);
  return `<p>I was present throughout. The script was followed, but for the exceptions above. This record is true.</p>
<table class="signatures"><thead><tr><th>Name</th><th>Signature</th><th>Date and time (UTC)</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}
