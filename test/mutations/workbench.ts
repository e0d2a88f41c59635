import type { SoftKey } from '../support/soft-keys.ts';
import { at, type Rr, type RrData, typeNumber } from '../support/soft-records.ts';
import { rrsetsOf, type SignatureOverrides, signRrset } from '../support/soft-signer.ts';
import type { Base } from './base-zone.ts';

/** A signed zone on the bench: taken apart and put together again by one mutation. */
export class Workbench {
  readonly base: Base;
  readonly now: number;
  #records: Rr[];

  constructor(base: Base, now: number, records: readonly Rr[]) {
    this.base = base;
    this.now = now;
    this.#records = [...records];
  }

  get records(): readonly Rr[] {
    return this.#records;
  }

  /** @throws if there is none: a mutation that changes nothing is no mutation */
  rrset(owner: string, type: string): readonly Rr[] {
    const found = this.#records.filter((r) => r.owner === owner && r.type === type);
    if (found.length === 0) throw new Error(`no ${owner} ${type}`);
    return found;
  }

  signatures(owner: string, covered: string): readonly Rr[] {
    const found = this.#records.filter((r) => isSignature(r, owner, covered));
    if (found.length === 0) throw new Error(`no RRSIG ${covered} at ${owner}`);
    return found;
  }

  add(...records: readonly Rr[]): void {
    this.#records.push(...records);
  }

  drop(owner: string, type: string): void {
    this.#remove(this.rrset(owner, type));
  }

  dropSignatures(owner: string, covered: string): void {
    this.#remove(this.signatures(owner, covered));
  }

  /** Takes an RRset away with its signatures. */
  dropSigned(owner: string, type: string): void {
    this.drop(owner, type);
    this.dropSignatures(owner, type);
  }

  /** Other data for an RRset, its signatures left as they are. */
  replace(owner: string, type: string, data: readonly RrData[], ttl = this.rrset(owner, type)[0]!.ttl): void {
    this.drop(owner, type);
    this.add(...at(owner, ttl, ...data));
  }

  replaceSignatures(owner: string, covered: string, signatures: readonly Rr[]): void {
    this.dropSignatures(owner, covered);
    this.add(...signatures);
  }

  /** Signs an RRset again, in place of its signatures if it has any. */
  sign(owner: string, type: string, overrides: SignatureOverrides = {}, key: SoftKey = this.base.zsk): void {
    const rrset = this.rrset(owner, type);
    this.#remove(this.#records.filter((r) => isSignature(r, owner, type)));
    this.add(signRrset(rrset, key, this.base.options, overrides));
  }

  /** One more signature over an RRset. */
  signAlso(owner: string, type: string, overrides: SignatureOverrides = {}, key: SoftKey = this.base.zsk): void {
    this.add(signRrset(this.rrset(owner, type), key, this.base.options, overrides));
  }

  /** Data changed and signed anew. */
  resigned(owner: string, type: string, data: readonly RrData[]): void {
    this.replace(owner, type, data);
    this.sign(owner, type);
  }

  /** Owners that have a record of this type, in the order of the zone. */
  owners(type: string): readonly string[] {
    return [...new Set(rrsetsOf(this.#records.filter((r) => r.type === type)).map((set) => set[0]!.owner))];
  }

  #remove(gone: readonly Rr[]): void {
    const set = new Set(gone);
    this.#records = this.#records.filter((r) => !set.has(r));
  }
}

function isSignature(r: Rr, owner: string, covered: string): boolean {
  return r.owner === owner && r.type === 'RRSIG' && r.rdata.readUInt16BE(0) === typeNumber(covered);
}

/** The signature octets of an RRSIG start after the signer name. */
export function signatureStart(rdata: Buffer): number {
  let offset = 18;
  while (rdata[offset] !== 0) offset += rdata[offset]! + 1;
  return offset + 1;
}
