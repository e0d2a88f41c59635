import { createPublicKey, verify } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Attestation } from '../../../keystore/key.ts';
import { printPkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { runJudges, type Verdict } from '../../../src/release/judges.ts';
import { NODE } from '../../support/cli.ts';
import type { ModuleLab } from './lab.ts';
import { run } from './started.ts';

export interface AlgorithmWish {
  readonly algorithm: number;
  /** RSA only. */
  readonly bits?: number;
}

export interface ExerciseWish {
  readonly uri: string;
  readonly algorithms: readonly AlgorithmWish[];
  readonly workers?: number;
  /** Signatures per key; default 20. */
  readonly messages?: number;
  readonly zone?: AlgorithmWish & { readonly input: string; readonly output: string };
}

/** Octets in hexadecimal. */
export interface KeyDone {
  readonly kind: 'done';
  readonly algorithm: number;
  readonly dnskey: string;
  readonly strength: 'hardened' | 'reduced' | 'minimal';
  readonly attestation: Attestation;
  readonly foundById: number;
  readonly foundByLabel: number;
  readonly listed: number;
  readonly batch: { readonly bytes: string; readonly ends: readonly number[] };
  readonly signatures: string;
  readonly again: string;
  readonly outcome: string;
  readonly foundAfterwards: number;
}

export type KeyReport = KeyDone | { readonly kind: 'refused'; readonly algorithm: number; readonly code: string; readonly text: string };

export interface ExerciseReport {
  readonly token: { readonly label: string; readonly serial: string; readonly manufacturer: string };
  /** Child processes that shared the work. */
  readonly processes: number;
  readonly keys: readonly KeyReport[];
  readonly stored?: { readonly storing: string; readonly read: readonly string[] };
  readonly zone?: { readonly status: number; readonly err: string; readonly ksk: string };
  /** Labels of the keys that are on the token afterwards. */
  readonly left: readonly string[];
}

const SCRIPT = fileURLToPath(new URL('./exercise.ts', import.meta.url));
export const ZONE_TEXT = `$ORIGIN example.org.
$TTL 3600
@ SOA ns1 hostmaster 2026010100 7200 3600 1209600 3600
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.2
www AAAA 2001:db8::2
sub NS ns.sub
ns.sub A 192.0.2.3
*.wild TXT "any"
`;

/** @throws Error with what the process printed */
export async function exercise(lab: ModuleLab, wish: Omit<ExerciseWish, 'uri'>): Promise<ExerciseReport> {
  const told: ExerciseWish = { ...wish, uri: printPkcs11Uri(lab.uri) };
  const command = [...lab.enter, NODE, SCRIPT, JSON.stringify(told)];
  const { status, out, err } = await run(command[0]!, command.slice(1), { env: lab.env });
  if (status !== 0) throw new Error(`the exercise ended with status ${status}\n${out}${err}`);
  return JSON.parse(out) as ExerciseReport;
}

/** The same with a small zone signed by a KSK and a ZSK on the token. @param now Unix seconds. @returns what two other implementations say of the zone */
export async function exerciseWithZone(
  lab: ModuleLab,
  wish: Omit<ExerciseWish, 'uri' | 'zone'> & { readonly zone: AlgorithmWish },
  now: number,
): Promise<{ readonly report: ExerciseReport; readonly verdicts: readonly Verdict[] }> {
  const input = join(lab.folder, 'zone.db');
  const output = join(lab.folder, 'zone.signed');
  await writeFile(input, ZONE_TEXT);
  const report = await exercise(lab, { ...wish, zone: { ...wish.zone, input, output } });
  if (report.zone?.status !== 0) throw new Error(`zone sign: status ${report.zone?.status}\n${report.zone?.err}`);
  const anchorFile = join(lab.folder, 'anchor');
  await writeFile(anchorFile, `example.org. 3600 IN DNSKEY ${dnskeyText(Buffer.from(report.zone.ksk, 'hex'))}\n`);
  const verdicts = await runJudges({
    file: output,
    origin: 'example.org.',
    now,
    judges: ['ldns-verify-zone', 'dnssec-verify'],
    anchorFile,
  });
  return { report, verdicts };
}

/** RFC 3110, 6605, 8080: each signature verified by node:crypto from the DNSKEY; key and length decoded here, apart from the code under test. */
export function goodSignatures({ dnskey, batch, signatures, again }: KeyDone): number {
  const rdata = Buffer.from(dnskey, 'hex');
  const data = Buffer.from(batch.bytes, 'hex');
  const made = Buffer.from(signatures, 'hex');
  const octets = made.length / batch.ends.length;
  const isGood = verifierFor(rdata);
  const first = data.subarray(0, batch.ends[0]);
  const good = batch.ends.filter((end, i) =>
    isGood(data.subarray(batch.ends[i - 1] ?? 0, end), made.subarray(i * octets, (i + 1) * octets)),
  );
  return isGood(first, Buffer.from(again, 'hex')) ? good.length : -1;
}

const SPKI: Readonly<Record<number, string>> = {
  13: '3059301306072a8648ce3d020106082a8648ce3d03010703420004',
  14: '3076301006072a8648ce3d020106052b8104002203620004',
  15: '302a300506032b6570032100',
  16: '3043300506032b6571033a00',
};

function verifierFor(rdata: Buffer): (data: Uint8Array, signature: Uint8Array) => boolean {
  const algorithm = rdata[3]!;
  const field = rdata.subarray(4);
  const prefix = SPKI[algorithm];
  if (prefix !== undefined) {
    const key = createPublicKey({ key: Buffer.concat([Buffer.from(prefix, 'hex'), field]), format: 'der', type: 'spki' });
    const hash = { 13: 'sha256', 14: 'sha384' }[algorithm] ?? null;
    return (data, signature) => verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature);
  }
  const [e, n] = [field.subarray(1, 1 + field[0]!), field.subarray(1 + field[0]!)].map((part) => part.toString('base64url'));
  const key = createPublicKey({ key: { kty: 'RSA', e: e!, n: n! }, format: 'jwk' });
  return (data, signature) => verify(algorithm === 8 ? 'sha256' : 'sha512', data, key, signature);
}

function dnskeyText(rdata: Buffer): string {
  return `${rdata.readUInt16BE(0)} ${rdata[2]} ${rdata[3]} ${rdata.subarray(4).toString('base64')}`;
}
