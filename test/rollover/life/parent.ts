import { KSK, softKey, ZSK } from '../../support/soft-keys.ts';
import { ds, type RrData } from '../../support/soft-records.ts';
import { parentZone, trustAnchor } from '../lab/soft-zones.ts';

const HOUR = 3600;
const YEARS = 3 * 365 * 24 * HOUR;

/** The parent zone of a life: it takes whatever DS set it is handed, and serves it at once. */
export class Parent {
  readonly zone: string;
  readonly child: string;
  readonly dsTtl: number;
  readonly #start: number;
  readonly #ksk = softKey(KSK, 13);
  readonly #zsk = softKey(ZSK, 13, [this.#ksk]);
  #serial = 0;

  constructor(zone: string, child: string, dsTtl: number, start: number) {
    this.zone = zone;
    this.child = child;
    this.dsTtl = dsTtl;
    this.#start = start;
  }

  get trustAnchor(): string {
    return trustAnchor(this.zone, [this.#ksk]);
  }

  /** @param lines DS records in presentation form, as `ds export` prints them; comments count for nothing */
  withDs(lines: readonly string[]): string {
    this.#serial += 1;
    return parentZone({
      origin: this.zone,
      serial: this.#serial,
      ksks: [this.#ksk],
      zsks: [this.#zsk],
      published: [this.#ksk, this.#zsk],
      keyTtl: HOUR,
      dataTtl: HOUR,
      negativeTtl: HOUR,
      inception: this.#start - HOUR,
      expiration: this.#start + YEARS,
      child: this.child,
      ds: dsRecords(lines),
      dsTtl: this.dsTtl,
    });
  }
}

export interface DsFields {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  /** Lower-case hexadecimal digits. */
  readonly digest: string;
}

/** `OWNER IN DS 4711 13 2 0123ABCD…`, one a line. */
export function dsFields(lines: readonly string[]): readonly DsFields[] {
  return lines.flatMap((line) => {
    const [, keyTag, algorithm, digestType, digest] = /^\S+ IN DS (\d+) (\d+) (\d+) ([0-9A-Fa-f]+)$/.exec(line) ?? [];
    if (digest === undefined) return [];
    return [{ keyTag: Number(keyTag), algorithm: Number(algorithm), digestType: Number(digestType), digest: digest.toLowerCase() }];
  });
}

function dsRecords(lines: readonly string[]): readonly RrData[] {
  return dsFields(lines).map(({ keyTag, algorithm, digestType, digest }) => ds(keyTag, algorithm, digestType, Buffer.from(digest, 'hex')));
}
