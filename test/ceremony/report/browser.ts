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
    return { text: text.replace(/\s+/g, ' '), info: execFileSync('pdfinfo', [pdf], { encoding: 'utf8' }), outside: outside(places) };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(extension: string): string {
    return join(this.#folder, `${++this.#pages}.${extension}`);
  }

  async #show(html: string, ...args: readonly string[]): Promise<void> {
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
    await promisify(execFile)(CHROMIUM, [...own, ...args, `file://${page}`], { timeout: 60_000 });
  }
}
