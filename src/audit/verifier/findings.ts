// What is wrong, by code.
import type { VerifyFinding } from './report.ts';

/** Findings of one code are listed up to this number; a last one says how many there are more. */
const LISTED = 100;

export class Findings {
  readonly #byCode = new Map<string, VerifyFinding[]>();
  readonly #more = new Map<string, number>();

  error(code: string, text: string): void {
    this.#add({ code, severity: 'error', text });
  }

  note(code: string, text: string): void {
    this.#add({ code, severity: 'note', text });
  }

  has(...codes: readonly string[]): boolean {
    return codes.some((code) => this.#byCode.has(code));
  }

  list(): VerifyFinding[] {
    const all: VerifyFinding[] = [];
    for (const [code, found] of this.#byCode) {
      all.push(...found);
      const more = this.#more.get(code);
      if (more !== undefined) all.push({ ...found[0]!, text: `and ${more} more of this kind` });
    }
    return all.sort((a, b) => Number(a.severity === 'note') - Number(b.severity === 'note'));
  }

  #add(finding: VerifyFinding): void {
    const found = this.#byCode.get(finding.code);
    if (found === undefined) this.#byCode.set(finding.code, [finding]);
    else if (found.length < LISTED) found.push(finding);
    else this.#more.set(finding.code, (this.#more.get(finding.code) ?? 0) + 1);
  }
}
