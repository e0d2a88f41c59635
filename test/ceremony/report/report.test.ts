import { inflateSync } from 'node:zlib';
import jsqr from 'jsqr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectReport } from '../../../src/ceremony/report/collect.ts';
import { reportHtml } from '../../../src/ceremony/report/html.ts';
import { reportText } from '../../../src/ceremony/report/text.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { refuseMissing } from '../../modules/support/packages.ts';
import { Stage } from '../leader/stage.ts';
import { Browser } from './browser.ts';
import { largeReport } from './large.ts';

const SCRIPT = `format: coldsign-ceremony/1
name: two-keys
title: Two keys
purpose: Make keys, and see what does not fit.
mode: any
roles:
  administrator: { title: Administrator, duty: Leads., count: 1 }
  witness: { title: Witness, duty: Watches., count: 1 }
  custodian: { title: Custodian, duty: Agrees., count: 3, need: 2 }
steps:
  - { id: attendance, act: Opening, role: witness, title: Who is here, do: { attendance: true } }
  - { id: seals, act: Opening, role: witness, title: The seals of all the bags, do: { manual: Look at them., evidence: numbers } }
  - { id: continuity, act: Opening, role: witness, title: The log is the one that we left, do: { check: continuity } }
  - id: approve
    act: Keys
    role: administrator
    title: Approve this script
    do: { approve: script }
    confirm: { roles: { custodian: need, witness: 1 }, by: key, type: two keys }
  - { id: generate, act: Keys, role: administrator, title: Make the keys, do: { command: [key, generate, --zone, example.] } }
  - { id: checkpoint, act: Closing, role: administrator, title: Print the checkpoint, do: { checkpoint: print } }
`;
/** Typed by somebody who means no good. */
const TYPED = `<img src="http://127.0.0.1:9/typed.png"><script>document.body.textContent = '';</script> & "so on"`;

let stage: Stage;
let id: string;
let titles: readonly string[];
let text: string;
let html: string;
let underWay: string;
let size: number;
let paused: Both;
let killed: Both;
let aborted: Both;
let browser: Browser;

beforeAll(async () => {
  refuseMissing(['chromium', 'poppler-utils']);
  browser = new Browser();
  stage = await Stage.make('without-keys');
  await straightOn();
  await abortedAtOnce();
});

async function straightOn(): Promise<void> {
  const paper = stage.paper();
  const { workspace } = stage;
  await using leader = await stage.open(await stage.fill(workspace.write('two-keys', SCRIPT)));
  id = leader.id;
  titles = leader.steps.map(({ number, title }) => `${number}. ${title}`);
  while (leader.progress().current?.id !== 'seals') await stage.step(leader, paper);
  await leader.pause('lunch');
  paused = await reports(id);
  await leader.resume();
  await leader.except({ what: TYPED, why: 'rain', agreed: ['bob', 'carol'], followUp: 'bob writes to the maker' });
  await leader.closeException(1, 'written', ['bob']);
  await leader.skip({
    what: 'bag 7 is not here',
    why: `a train${'!'.repeat(300)}`,
    agreed: ['alice', 'bob'],
    followUp: 'it comes tomorrow',
  });
  await leader.begin();
  killed = await reports(id);
  expect((await leader.carryOut({ person: 'bob', paperWords: paper.replace(/ \w+/, ' aardvark') })).outcome).toBe('failed');
  while (leader.progress().current !== undefined) await stage.step(leader, paper);
  underWay = (await workspace.must('ceremony', 'report', id)).out;
  await leader.closeException(2, 'it has come', ['alice', 'bob']);
  await leader.end();
  text = (await workspace.must('ceremony', 'report', id)).out;
  await workspace.must('ceremony', 'report', id, '--html', workspace.path('report.html'));
  html = workspace.read('report.html');
  size = readWorkspace(workspace.dir).content.tree.size;
}

async function abortedAtOnce(): Promise<void> {
  const { workspace } = stage;
  const other = workspace.write(
    'other-keys',
    SCRIPT.replace('Two keys', `Other keys \u05d0`).replace('name: two-keys', 'name: other-keys'),
  );
  await using second = await stage.open(await stage.fill(other));
  await second.abort('the building burns\u001b[2J\u202e');
  aborted = await reports(second.id);
}

interface Both {
  readonly text: string;
  readonly html: string;
}

async function reports(one: string): Promise<Both> {
  const { workspace } = stage;
  await workspace.must('ceremony', 'report', one, '--html', workspace.path(`${one}.html`));
  return { text: (await workspace.must('ceremony', 'report', one)).out, html: workspace.read(`${one}.html`) };
}
afterAll(() => {
  stage?.[Symbol.dispose]();
  browser?.[Symbol.dispose]();
});

describe('what was done, by whom and when', () => {
  test('as text: every step with its time, who agreed and room for initials; exceptions with their follow-up', () => {
    for (const title of titles) expect(text).toMatch(new RegExp(`^ +${title.replaceAll('.', '\\.')} \\(.* _+$`, 'm'));
    expect(text).toMatch(/agreed: carol \(custodian\), by key, \d{4}-/);
    expect(text).toContain('SKIPPED');
    expect(underWay).toContain('follow-up: it comes tomorrow');
    expect(underWay).toContain('     OPEN');
    expect(text).not.toContain('     OPEN');
    expect(text).toMatch(/closed \S+: it has come/);
    expect(text).toMatch(/example\. IN DS \d+ 13 2 [0-9A-F]{64}/);
    expect(text).toContain('PRACTICE: NOT A PRODUCTION CEREMONY');
  });

  test('as a page: the same, with the timeline and the words to be read aloud', () => {
    for (const title of titles) expect(html).toContain(`<strong>${title.replace(/^\d+\. /, '')}</strong>`);
    const rows = html.match(/<td class="initials">/g) ?? [];
    expect(rows).toHaveLength(titles.length);
    const [timeline = ''] = /<svg class="timeline"[\s\S]*?<\/svg>/.exec(html) ?? [];
    // The step that was skipped never began.
    expect(timeline.match(/<rect /g)).toHaveLength(titles.length - 1);
    expect(timeline).toContain('exception 2');
    for (const person of ['alice', 'bob', 'carol', 'dave', 'erin']) expect(html).toContain(`<td>${person}</td><td class="line">`);
    expect(html).toContain(`The log has ${size} entries.`);
  });
});

test('the QR codes read as the DS record and as the checkpoint (jsqr)', () => {
  const codes = [...html.matchAll(/<div class="qr">(<svg[\s\S]*?<\/svg>)/g)].map(([, svg]) => decoded(svg!));
  const ds = /example\. IN DS \d+ 13 2 [0-9A-F]{64}/.exec(text)![0];
  const [checkpoint] = /^audit\.example\/test\n\d+\n\S+\n\n(?:\u2014 .*\n)+/m.exec(text)!;
  expect(codes).toEqual([ds, checkpoint]);
});

describe('the page needs nothing else', () => {
  test('no script, no address of anything, and a policy that allows none; what people typed is text', () => {
    expect(html).toContain(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`);
    const withoutTexts = html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '');
    expect(withoutTexts).not.toMatch(/<(?:script|link|iframe|img|object|embed|form|base)\b/i);
    expect(withoutTexts).not.toMatch(/<[^>]*\s(?:src|href|style|on\w+)=/i);
    expect(withoutTexts).not.toMatch(/@import|url\(/i);
    expect(html).toContain('&lt;img src=&quot;http://127.0.0.1:9/typed.png&quot;&gt;&lt;script&gt;');
  });

  test('in Chromium: the picture is not blank, and nothing is asked for', async () => {
    const { png, asked } = await browser.screenshot(html);
    expect(asked).toEqual([]);
    expect(isBlank(png)).toBe(false);
    expect(isBlank((await browser.screenshot('<!DOCTYPE html><body></body>')).png)).toBe(true);
    // It would be seen: without its policy, and with what was typed as it was typed.
    const bad = await browser.screenshot(`<!DOCTYPE html><body>${TYPED}</body>`);
    expect(bad.asked).toEqual(['http://127.0.0.1:9/typed.png']);
  });
});

describe('a ceremony that did not go straight on', () => {
  test('that pauses, or whose program was killed, is not taken for one that came to an end', () => {
    for (const report of [paused.text, paused.html]) expect(report).toMatch(/paused: lunch/);
    for (const report of [killed.text, killed.html]) {
      expect(report).toContain('not ended');
      expect(report).toContain('BEGUN, NOT ENDED');
      expect(report).toContain('NOT REACHED');
    }
    expect(text).not.toContain('NOT REACHED');
  });

  test('attempts that failed, pauses and what was kept are told with their times', () => {
    for (const report of [text, html]) {
      expect(report).toMatch(/\d{4}-\d\d-\d\dT[\d:]+Z.{0,40}pauses, because lunch/);
      expect(report).toMatch(/step continuity FAILED/);
      expect(report).toMatch(/attempt 2/);
    }
  });

  test('of a script that this version does not read any more, the log tells people and steps all the same', () => {
    const read = readWorkspace(stage.workspace.dir);
    const report = collectReport(read, read.state.ceremonies[id]!, undefined);
    expect(report.steps.map((step) => step.id)).toEqual(['attendance', 'seals', 'continuity', 'approve', 'generate', 'checkpoint']);
    const told = reportText(report);
    expect(told).toMatch(/4\. approve \(approve\) .*________/);
    expect(told).toMatch(/agreed: carol \(custodian\), by key/);
    expect(told).toContain('custodian: carol, dave, erin');
    expect(told).toMatch(/^carol +_+ /m);
  });

  test('one that was aborted says why, and what people typed turns nothing around', () => {
    for (const report of [aborted.text, aborted.html]) {
      expect(report).toContain('aborted: the building burns\\u{1b}[2J\\u{202e}');
      expect(report).toContain('Other keys \u05d0');
      expect(report).not.toMatch(/\p{Cf}/u);
      expect(report).not.toContain('\u001b');
    }
    expect(aborted.html).toContain('No step has begun.');
  });
});

describe('as large and as bad as it gets: 200 steps, 50 people', () => {
  test('as text no line is longer than paper is wide, but what is copied as it stands; nothing that was typed begins a line or moves a terminal', () => {
    const large = reportText(largeReport);
    const copied = new Set([...largeReport.checkpoint.note.split('\n'), ...largeReport.keys.map(({ ds }) => `     ${ds}`)]);
    expect(large.split('\n').filter((line) => line.length > 96 && !copied.has(line))).toEqual([]);
    expect(large).not.toMatch(/\p{Cf}/u);
    expect(large).not.toContain('\u001b');
    expect(large).not.toMatch(/^ {5}agreed: carol/m);
    // Nothing is left out.
    for (const { name } of largeReport.steps.flatMap(({ evidence }) => evidence ?? []))
      expect(large.replace(/\s+(?:\| )?/g, ' ')).toContain(`kept with it: ${name.replace(/\s+/g, ' ')}`);
    expect(large.match(/ ________$/gm)).toHaveLength(200);
    // A sheet has some sixty lines, and none of them is without it.
    const sheets = large.split('PRACTICE: NOT A PRODUCTION CEREMONY');
    expect(Math.max(...sheets.map((sheet) => sheet.split('\n').length))).toBeLessThan(60);
    expect(reportText({ ...largeReport, mode: 'production' })).not.toContain('PRACTICE');
  });

  test('the timeline is drawn in pictures that fit on a sheet, with every mark inside of them', async () => {
    const page = await reportHtml(largeReport);
    const pictures = page.match(/<svg class="timeline"[\s\S]*?<\/svg>/g)!;
    expect(pictures.flatMap((one) => one.match(/<rect /g))).toHaveLength(199);
    for (const picture of pictures) {
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(picture)!;
      // Of Letter with its margins, at the width of the picture.
      expect(Number(height) / Number(width)).toBeLessThan((279 - 30) / (216 - 30));
      for (const [, x] of picture.matchAll(/ x1?="([-\d.]+)"/g)) expect(Number(x)).toBeLessThanOrEqual(Number(width));
    }
  });

  test.each(['A4', 'letter'] as const)(
    'on %s nothing is wider than the paper, and every sheet says that it was practice, and which of how many it is',
    async (size) => {
      const page = await reportHtml(largeReport);
      expect(await browser.tooWide(page, size)).toEqual([]);
      expect(await browser.tooWide(html, size)).toEqual([]);
      if (size === 'letter') return;
      // It would be noticed.
      const bad = page.replace('<td class="time">', `<td class="time">${'wide'.repeat(60)}`);
      expect((await browser.tooWide(bad, size)).length).toBeGreaterThan(0);
      const { pages, outside } = await browser.print(page, size);
      expect(outside).toEqual([]);
      expect(pages.length).toBeGreaterThan(20);
      for (const [i, sheet] of pages.entries()) {
        expect(sheet).toContain('PRACTICE: NOT A PRODUCTION CEREMONY');
        expect(sheet).toContain(`${i + 1} of ${pages.length}`);
      }
    },
  );
});

test.each(['A4', 'letter'] as const)('printed on %s every step is there', async (size) => {
  const printed = await browser.print(html, size);
  expect(printed.outside).toEqual([]);
  expect(printed.info).toMatch(size === 'A4' ? /Page size: +59[45]\.\d+ x 84[12]\.\d+ pts \(A4\)/ : /Page size: +612 x 792 pts \(letter\)/);
  for (const title of titles) expect(printed.text).toContain(title.replace(/^\d+\. /, ''));
  for (const sought of [
    'PRACTICE: NOT A PRODUCTION CEREMONY',
    'bag 7 is not here',
    'it comes tomorrow',
    '<script>',
    'This record is true.',
  ])
    expect(printed.text).toContain(sought);
});

/** Modules of the code as qrcode draws them: one path of horizontal strokes, a unit each. */
function decoded(svg: string): string {
  const size = Number(/viewBox="0 0 (\d+) /.exec(svg)![1]);
  const [, path = ''] = /stroke="#000000" d="([^"]+)"/.exec(svg)!;
  const scale = 4;
  const width = size * scale;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  let [x, y] = [0, 0];
  for (const [, command, numbers = ''] of path.matchAll(/([Mmh])([-\d. ]+)/g)) {
    const [one = 0, two = 0] = numbers.trim().split(/ +/).map(Number);
    if (command === 'M') [x, y] = [one, two - 0.5];
    else if (command === 'm') [x, y] = [x + one, y + two];
    else {
      for (let row = y * scale; row < (y + 1) * scale; row++)
        for (let column = x * scale; column < (x + one) * scale; column++)
          pixels.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
      x += one;
    }
  }
  const decode = ((jsqr as unknown as { default?: unknown }).default ?? jsqr) as (
    p: Uint8ClampedArray,
    w: number,
    h: number,
  ) => { data: string };
  return decode(pixels, width, width).data;
}

/** Whether the rows of a PNG hold more than a blank page: paper alone is compressed into a handful of different octets. */
function isBlank(png: Buffer): boolean {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return new Set(inflateSync(Buffer.concat(parts))).size < 50;
}
