import { hashWords } from '../../../src/audit/words.ts';
import type { ConcreteStep } from '../../../src/ceremony/script/expand.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';

/** What the people of a ceremony know and hold. None of it is known to the program before they type it. */
export interface Company {
  /** Role → people; the first ones agree. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  /** Person → lines of the share. */
  readonly shares: Readonly<Record<string, readonly string[]>>;
  /** Who come forward with their shares, in this order. */
  readonly bring: readonly string[];
  readonly passphrases: Readonly<Record<string, string>>;
  readonly backupPassphrase: string;
  readonly keyFile: (person: string) => string;
  /** Size and words of the page that was printed last. */
  readonly paper: string;
}

export const everybody = ({ people }: Company): readonly string[] => [...new Set(Object.values(people).flat())];

/** Size and words, as the last page of a ceremony has them. */
export function paperOf(dir: string): string {
  const { tree } = readWorkspace(dir).content;
  return `${tree.size} ${hashWords(tree.root(tree.size)).slice(0, 8).join(' ')}`;
}

/** Answers questions as they are put, on a screen: what is typed is what the screen asks for. */
export class Answers {
  readonly #company: Company;
  #brought = 0;
  #holder = '';

  constructor(company: Company) {
    this.#company = company;
  }

  /** A question to which the answer is no secret. */
  plain(question: string, step: ConcreteStep | undefined): string {
    const { keyFile, people, paper } = this.#company;
    const person = /file with the key of (\w+)/.exec(question)?.[1];
    if (person !== undefined) return keyFile(person);
    const word = /, type "?([^":]*)"?:? *$/.exec(question)?.[1] ?? /\btype (\S.*?):? *$/.exec(question)?.[1];
    if (word !== undefined) return word;
    if (/^who reads/.test(question)) return people['witness']![0]!;
    if (/^the time it shows/.test(question)) return new Date().toISOString().replace(/\.\d+/, '');
    if (/^size and/.test(question)) return paper;
    if (/^file with evidence/.test(question)) return '';
    if (step?.do.kind === 'manual') return `${step.id}: as the script says`;
    throw new Error(`nobody knows what to answer to "${question}"`);
  }

  /** A secret that a command, or the ceremony, asks for on the terminal; undefined where the question asks for none. */
  secret(question: string): string | undefined {
    const { bring, shares, passphrases, backupPassphrase } = this.#company;
    if (question.startsWith('Name of the custodian')) {
      this.#holder = bring[this.#brought++ % bring.length]!;
      return this.#holder;
    }
    const line = /^ *line (\d+)$/.exec(question)?.[1];
    if (line !== undefined) return shares[this.#holder]![Number(line) - 1]!;
    if (question.startsWith('passphrase of the backup')) return backupPassphrase;
    const person = /^passphrase of (\w+)/.exec(question)?.[1];
    return person === undefined ? undefined : passphrases[person];
  }
}
