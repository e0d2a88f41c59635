import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A secret that stands where it must not. The secret itself is not told, only its name. */
export interface Sighting {
  readonly secret: string;
  /** plain, hex, base64 … */
  readonly form: string;
  readonly where: string;
}

/** Looks for secrets in octets, in all forms in which a program could let them out. */
export class SecretScan {
  readonly #needles: readonly { readonly secret: string; readonly form: string; readonly octets: Buffer }[];

  /** @param secrets name → secret; at least eight octets each, so that none is found by chance */
  constructor(secrets: Readonly<Record<string, string>>) {
    for (const [name, secret] of Object.entries(secrets)) if (secret.length < 8) throw new Error(`${name} is too short to be looked for`);
    this.#needles = Object.entries(secrets).flatMap(([name, secret]) =>
      Object.entries(formsOf(Buffer.from(secret))).map(([form, octets]) => ({ secret: name, form, octets })),
    );
  }

  octets(where: string, octets: Buffer): readonly Sighting[] {
    const found = this.#needles.filter((needle) => octets.includes(needle.octets)).map(({ secret, form }) => ({ secret, form, where }));
    return isGzip(octets) ? [...found, ...this.octets(`${where} (unpacked)`, gunzipSync(octets))] : found;
  }

  text(where: string, text: string): readonly Sighting[] {
    return this.octets(where, Buffer.from(text));
  }

  /** Every file below, and the names of all files. @param except paths under `dir` of the files that have a right to hold a secret */
  folder(dir: string, except: readonly string[] = []): readonly Sighting[] {
    const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
    return names.flatMap((name) => {
      const path = join(dir, name);
      const content =
        except.includes(name) || statSync(path, { throwIfNoEntry: false })?.isFile() !== true ? [] : this.octets(path, readFileSync(path));
      return [...this.text(`the name of ${path}`, name), ...content];
    });
  }
}

/** Base64 of something longer shows what is inside in one of three ways, as the octets before it are counted. */
function formsOf(secret: Buffer): Readonly<Record<string, Buffer>> {
  const hex = secret.toString('hex');
  const base64 = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret])
      .toString('base64')
      .replace(/=+$/, '');
    // What depends on octets beside the secret is cut off.
    const core = text.slice(before === 0 ? 0 : before + 1, (secret.length + before) % 3 === 0 ? undefined : -1);
    return [
      [`base64+${before}`, Buffer.from(core)],
      [`base64url+${before}`, Buffer.from(core.replaceAll('+', '-').replaceAll('/', '_'))],
    ] as const;
  });
  return {
    plain: secret,
    reversed: Buffer.from(secret).reverse(),
    hex: Buffer.from(hex),
    'hex, upper case': Buffer.from(hex.toUpperCase()),
    'hex with colons': Buffer.from(hex.match(/../g)!.join(':')),
    percent: Buffer.from(encodeURIComponent(secret.toString())),
    'UTF-16LE': Buffer.from(secret.toString(), 'utf16le'),
    'UTF-16BE': Buffer.from(secret.toString(), 'utf16le').swap16(),
    ...Object.fromEntries(base64),
  };
}

const isGzip = (octets: Buffer): boolean => octets[0] === 0x1f && octets[1] === 0x8b;
