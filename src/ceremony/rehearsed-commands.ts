import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { optionsOf, placesOf } from './command-options.ts';

/** Runs a command of the program. @returns exit status */
type Run = (argv: readonly string[], io: Io) => Promise<number>;

const FILES = new Set(['file', 'files', 'export', 'folder', 'dir', 'place']);
const TAGS = new Set(['key', 'tag']);

/** Zone → tag of a key → that of its stand-in. */
export type StandInTags = ReadonlyMap<string, ReadonlyMap<number, number>>;

/**
 * Commands as a rehearsal runs them. What they would write outside of the workspace is written into the rehearsal's own folder, and what is there
 * is read where it is; a key is its stand-in; what would touch a real token, open a real backup or ask people for shares is left out.
 */
export class RehearsedCommands {
  readonly #folder: string;
  readonly #program: Command;
  readonly #tags: StandInTags;
  /** Why the command that was run last was left out; undefined: it was not. */
  leftOut: string | undefined;

  constructor(folder: string, program: Command, tags: StandInTags) {
    this.#folder = folder;
    this.#program = program;
    this.#tags = tags;
  }

  async run(run: Run, argv: readonly string[], io: Io): Promise<number> {
    const places = placesOf(this.#program, argv);
    const moved = argv.map((word, i) => ofValue(word, (value) => this.#standIn(argv, value, places[i])));
    this.leftOut = this.#whyNot(argv, moved, places);
    if (this.leftOut !== undefined) return 0;
    if (!optionsOf(this.#program, argv).has('--passphrase-fd')) return await run(moved, io);
    const file = join(this.#folder, 'passphrase');
    if (!existsSync(file)) writeFileSync(file, `${randomBytes(18).toString('base64')}\n`, { mode: 0o600 });
    const fd = openSync(file, 'r');
    try {
      return await run([...moved, '--passphrase-fd', `${fd}`], io);
    } finally {
      closeSync(fd);
    }
  }

  #standIn(argv: readonly string[], value: string, place: string | undefined): string {
    if (place !== undefined && FILES.has(place)) return this.#moved(value);
    if (place !== undefined && TAGS.has(place)) return this.#tag(argv, value);
    return value.startsWith('/') ? this.#moved(value) : value;
  }

  #moved(value: string): string {
    if (value === '' || value === '-' || value.startsWith('pkcs11:')) return value;
    const path = resolve(value);
    const own = join(this.#folder, 'outside', path);
    if (existsSync(own)) return own;
    if (existsSync(path) || path.startsWith(`${this.#folder}/`)) return value;
    mkdirSync(resolve(own, '..'), { recursive: true });
    return own;
  }

  #tag(argv: readonly string[], value: string): string {
    const zones = [...this.#tags].filter(([zone]) => argv.includes(zone) || argv.includes(zone.slice(0, -1)));
    for (const [, tags] of zones.length === 0 ? this.#tags : zones) {
      const tag = /^\d{1,5}$/.test(value) ? tags.get(Number(value)) : undefined;
      if (tag !== undefined) return `${tag}`;
    }
    return value;
  }

  #whyNot([noun, verb]: readonly string[], moved: readonly string[], places: readonly (string | undefined)[]): string | undefined {
    if (moved.some((word) => word.includes('pkcs11:'))) return 'it names a token that is real';
    if (noun === 'pin' && verb !== 'void') return 'people would bring shares, and write them down';
    if (noun !== 'key') return undefined;
    if (verb === 'restore' || verb === 'import') return 'it would bring real keys into a token';
    const isOwn = (word: string): boolean => word.startsWith(`${this.#folder}/`);
    const isReal = moved.some((word, i) => FILES.has(places[i] ?? '') && !isOwn(word));
    return verb === 'drill' && isReal ? 'it would open a real backup, and needs its passphrase or shares' : undefined;
  }
}

/** Of `--option=VALUE` the value. */
function ofValue(word: string, change: (value: string) => string): string {
  const [, option = '', value = word] = /^(--[a-z0-9-]+=)(.*)$/s.exec(word) ?? [];
  return `${option}${change(value)}`;
}
