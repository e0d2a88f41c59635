import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseName } from '../../signer/dns/name.ts';
import { parseNote, signNote } from '../../src/audit/note.ts';
import { printVkey, type VerifierKey, vkeyOf } from '../../src/audit/vkey.ts';
import { makeCatalog } from '../../src/catalog/catalog-zone.ts';
import { isoText } from '../../src/config/time-text.ts';
import type { Io } from '../../src/io.ts';
import { writeBundle, writeCatalogBundle } from '../../src/release/bundle.ts';
import type { GateResult } from '../../src/release/gate-types.ts';
import { type Manifest, parseManifest, printManifest, RELEASE_FILES } from '../../src/release/manifest.ts';
import { readSignedFile } from '../../src/release/signed-file.ts';
import { verifyReport } from '../../src/release/verify-report.ts';
import { memoryNoteSigner } from './memory-note-signer.ts';
import { dsDigest, KSK, softKey, ZSK } from './soft-keys.ts';
import { a, at, dnskey, ds, ns, printZone, type Rr, soa } from './soft-records.ts';
import { signZone } from './soft-signer.ts';

export const CARRIED_ZONE = 'signed.example.';
export const CARRIED_CATALOG = 'catalog.invalid.';
const HOUR = 3600;
const DAY = 86_400;

/** A release in its folder. */
export interface Carried {
  readonly folder: string;
  readonly serial: number;
  /** Of its MANIFEST. */
  readonly sha256: string;
}

export interface CarriedOptions {
  readonly serial: number;
  readonly previous?: Carried;
  /** When it is signed; unix seconds. */
  readonly now?: number;
  readonly days?: number;
  readonly mode?: Manifest['mode'];
  /** Address of www. */
  readonly address?: string;
  readonly zonemd?: boolean;
}

/** The signing side, for tests of the other one: keys in software, an audit key, and releases made by the product's own functions. */
export class SigningSide implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'coldsign-carried-'));
  readonly now: number;
  readonly signer = memoryNoteSigner('audit.example.net/test', 'p256');
  readonly #ksk = softKey(KSK, 13);
  readonly #zsk = softKey(ZSK, 13, [this.#ksk]);
  #count = 0;

  constructor(now: number) {
    this.now = now;
  }

  get key(): VerifierKey {
    return vkeyOf(this.signer);
  }

  get vkey(): string {
    return printVkey(this.key);
  }

  /** DS record of the zone, in zone-file form. */
  get ds(): string {
    return `${CARRIED_ZONE} IN DS ${this.#dsRecord().text}`;
  }

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  async release(options: CarriedOptions): Promise<Carried> {
    const { serial, mode = 'production' } = options;
    const staging = this.#newFolder();
    const now = options.now ?? this.now;
    const file = join(staging, RELEASE_FILES.zone);
    writeFileSync(file, printZone(this.#signed(options, now)));
    const apex = parseName(CARRIED_ZONE);
    const { signed } = readSignedFile(file, apex, now);
    const verification = verifyReport({ zone: CARRIED_ZONE, serial, now, findings: [], counts: undefined });
    const gate: GateResult = {
      passed: true,
      verdicts: [{ rule: 'verifier', verdict: 'pass', text: 'no findings' }],
      preservation: '0'.repeat(64),
      signed,
      verification,
      changes: undefined,
      seconds: {},
    };
    const head = { apex, zone: CARRIED_ZONE, serial, created: isoText(now), mode, log: serial, previous: previousOf(options.previous) };
    const { sha256 } = await writeBundle(staging, { ...head, gate, signReport: {}, expected: {}, dsDigestTypes: [2, 4] }, this.signer);
    return { folder: staging, serial, sha256 };
  }

  async catalog(serial: number, members: readonly string[], previous?: Carried): Promise<Carried> {
    const staging = this.#newFolder();
    const text = makeCatalog({ zone: CARRIED_CATALOG, serial, members: members.map((zone) => ({ zone, group: 'test' })) });
    const apex = parseName(CARRIED_CATALOG);
    const head = { apex, zone: CARRIED_CATALOG, serial, created: isoText(this.now), mode: 'production' as const, log: serial };
    const { sha256 } = await writeCatalogBundle(staging, { ...head, previous: previousOf(previous) }, text, this.signer);
    return { folder: staging, serial, sha256 };
  }

  /** The release on another medium. */
  carry({ folder }: Carried): string {
    const copy = this.#newFolder();
    cpSync(folder, copy, { recursive: true });
    return copy;
  }

  /** What a signing side that is not sound would have made: content changed, then sealed with the right key. */
  async reseal(folder: string, change: (manifest: Manifest) => Manifest = (manifest) => manifest): Promise<Carried> {
    const path = join(folder, RELEASE_FILES.manifest);
    const files = readdirSync(folder)
      .filter((name) => name !== RELEASE_FILES.manifest)
      .map((name) => ({ path: name, ...hashed(join(folder, name)) }));
    const manifest = change({ ...parseManifest(parseNote(readFileSync(path, 'utf8')).text), files });
    writeFileSync(path, await signNote(printManifest(manifest), [this.signer]));
    return { folder, serial: manifest.serial, sha256: hashed(path).sha256 };
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  #newFolder(): string {
    const folder = this.path(`release-${++this.#count}`);
    mkdirSync(folder);
    return folder;
  }

  #dsRecord() {
    return ds(this.#ksk.tag, 13, 2, dsDigest(CARRIED_ZONE, this.#ksk, 2));
  }

  #signed({ serial, address = '192.0.2.80', days = 14, zonemd = false }: CarriedOptions, now: number): Rr[] {
    const at1h = (owner: string, ...data: Parameters<typeof at>[2][]): Rr[] => at(owner, HOUR, ...data);
    const mname = `ns1.${CARRIED_ZONE}`;
    const times = { refresh: 7200, retry: 900, expire: 7 * DAY, minimum: 300 };
    const content = [
      ...at1h(CARRIED_ZONE, soa({ mname, rname: `hostmaster.${CARRIED_ZONE}`, serial, ...times }), ns(mname), ns(`ns2.${CARRIED_ZONE}`)),
      ...at1h(mname, a('192.0.2.1')),
      ...at1h(`ns2.${CARRIED_ZONE}`, a('192.0.2.2')),
      ...at1h(`www.${CARRIED_ZONE}`, a(address)),
      ...at1h(CARRIED_ZONE, dnskey(this.#ksk.rdata), dnskey(this.#zsk.rdata), dnskey(this.#ksk.rdata, 'CDNSKEY')),
      ...at1h(CARRIED_ZONE, { ...this.#dsRecord(), type: 'CDS' }),
    ];
    const span = { inception: now - HOUR, expiration: now + days * DAY };
    return signZone(content, { origin: CARRIED_ZONE, ksks: [this.#ksk], zsks: [this.#zsk], denial: { kind: 'nsec' }, zonemd, ...span });
  }
}

/** Keeps what a command says. */
export class KeptIo implements Io {
  text = '';
  readonly out = { write: (text: string | Uint8Array): boolean => this.#keep(text) };
  readonly err = { write: (text: string | Uint8Array): boolean => this.#keep(text) } as unknown as NodeJS.WriteStream;

  #keep(text: string | Uint8Array): boolean {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  }
}

const previousOf = (carried: Carried | undefined): Manifest['previous'] =>
  carried === undefined ? undefined : { serial: carried.serial, sha256: carried.sha256 };

function hashed(path: string): { readonly sha256: string; readonly size: number } {
  return { sha256: createHash('sha256').update(readFileSync(path)).digest('hex'), size: statSync(path).size };
}
