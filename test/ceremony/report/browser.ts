import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CHROMIUM = '/usr/bin/chromium';
/** What the browser asks its maker, whatever page it shows. */
const OWN = /^https?:\/\/(?:[a-z0-9-]+\.)*(?:google\.com|googleapis\.com|gvt1\.com|gstatic\.com)\//;

interface Printed {
  readonly text: string;
  /** Text of each. */
  readonly pages: readonly string[];
  readonly info: string;
  readonly outside: readonly string[];
}

/** Points. */
const MARGIN = 28;

function outside(places: string): readonly string[] {
  const width = Number(/<page width="([\d.]+)"/.exec(places)![1]);
  return [...places.matchAll(/<word xMin="([-\d.]+)" yMin="[^"]*" xMax="([-\d.]+)"[^>]*>([^<]*)</g)].flatMap(([, left, right, word]) =>
    Number(left) < MARGIN || Number(right) > width - MARGIN ? [word!] : [],
  );
}

/** The answer is the title of the page. */
const MEASURE = `
const edge = document.documentElement.clientWidth;
const wide = [...document.querySelectorAll('body *')].filter((one) =>
  !(one instanceof SVGElement && one.tagName !== 'svg') &&
  ((one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1) || one.getBoundingClientRect().right > edge + 1));
document.title = JSON.stringify(wide.map((one) => one.tagName + ' ' + (one.textContent ?? '').slice(0, 40)));`;

/** A page in a real browser (headless Chromium), from a file, in a folder that is gone afterwards. */
export class Browser implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coldsign-browser-'));
  #pages = 0;

  /** @returns PNG, and the addresses that were asked for beside the page itself */
  async screenshot(html: string): Promise<{ readonly png: Buffer; readonly asked: readonly string[] }> {
    const [png, log] = [this.#path('png'), this.#path('json')];
    await this.#show(html, `--screenshot=${png}`, '--window-size=900,1200', `--log-net-log=${log}`);
    const urls = [...readFileSync(log, 'utf8').matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url!);
    return { png: readFileSync(png), asked: [...new Set(urls)].filter((url) => !OWN.test(url) && !url.startsWith('file:')) };
  }

  /** @param size paper, as CSS names it @returns text of all pages, what pdfinfo says, and the words that stand outside of a margin of 10 mm */
  async print(html: string, size: 'A4' | 'letter'): Promise<Printed> {
    const pdf = this.#path('pdf');
    await this.#show(
      html.replace('</head>', `<style>@page { size: ${size}; }</style></head>`),
      '--no-pdf-header-footer',
      `--print-to-pdf=${pdf}`,
    );
    const text = execFileSync('pdftotext', [pdf, '-'], { encoding: 'utf8' });
    const places = execFileSync('pdftotext', ['-bbox', pdf, '-'], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const pages = text.split('\f').slice(0, -1);
    return { text: text.replace(/\s+/g, ' '), pages, info: execFileSync('pdfinfo', [pdf], { encoding: 'utf8' }), outside: outside(places) };
  }

  /**
   * At the width of paper without its margins: a browser that prints makes everything smaller rather than cut a table off, so it is not seen there.
   * @returns elements whose content is wider than they are, and those that reach over the edge
   */
  async tooWide(html: string, size: 'A4' | 'letter'): Promise<readonly string[]> {
    const width = Math.floor(((size === 'A4' ? 210 : 216) - 2 * 15) * (96 / 25.4));
    const measured = html
      .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
      .replace('</head>', `<style>html { width: ${width}px; } body { margin: 0; max-width: none; padding: 0; }</style></head>`)
      .replace('</body>', `<script>${MEASURE}</script></body>`);
    const page = await this.#show(measured, '--window-size=1200,1000', '--dump-dom');
    return JSON.parse(
      /<title>(.*)<\/title>/.exec(page)![1]!.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
    ) as string[];
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(extension: string): string {
    return join(this.#folder, `${++this.#pages}.${extension}`);
  }

  async #show(html: string, ...args: readonly string[]): Promise<string> {
    const page = this.#path('html');
    writeFileSync(page, html);
    const own = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      `--user-data-dir=${join(this.#folder, 'profile')}`,
    ];
    const { stdout } = await promisify(execFile)(CHROMIUM, [...own, ...args, `file://${page}`], { timeout: 120_000, maxBuffer: 1 << 26 });
    return stdout;
  }
}
