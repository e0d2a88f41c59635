import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parseName } from '../../signer/dns/name.ts';
import type { SigningPolicy } from '../../signer/policy.ts';
import { checkZone } from '../../signer/zone/checks/check-zone.ts';
import type { ZoneKey } from '../../signer/zone-key.ts';
import type { OverridableRule, Policy } from '../../src/config/config.ts';
import { policyValues } from '../../src/config/policy-values.ts';
import type { RawGate, RawPolicy } from '../../src/config/schema.ts';
import type { Io } from '../../src/io.ts';
import { type GateInput, type JudgePanel, runGate } from '../../src/release/gate.ts';
import type { GateResult } from '../../src/release/gate-types.ts';
import type { JudgeName, Verdict } from '../../src/release/judges.ts';
import { inputZone } from '../../src/release/preservation.ts';
import { NOW, ORIGIN, POLICY, read, readZone, serialOf, signText } from '../properties/support/sign-text.ts';

/** What the gate tests sign: no glue, one delegation, one host. */
export const ZONE_TEXT = `${ORIGIN} 3600 IN SOA ns.example.net. host.${ORIGIN} 2026010100 7200 900 604800 300
${ORIGIN} 3600 IN NS ns.example.net.
${ORIGIN} 3600 IN NS ns2.example.net.
www.${ORIGIN} 3600 IN A 192.0.2.1
sub.${ORIGIN} 3600 IN NS ns.example.net.
`;

export const SILENT_IO: Io = { out: { write: () => true }, err: new PassThrough() as unknown as NodeJS.WriteStream };

/** The default policy of coldsign.yaml with some of its words replaced. */
export function policyWith(gate: Partial<RawGate> = {}, written: RawPolicy = {}): Policy {
  return policyValues('default', { ...written, gate }, undefined, {});
}

/** Judges that have made up their minds; those not named accept. */
export function panelOf(said: Partial<Record<JudgeName, Partial<Verdict>>> = {}): JudgePanel & { readonly asked: JudgeName[] } {
  const asked: JudgeName[] = [];
  return {
    asked,
    async judge({ judges }) {
      asked.push(...judges);
      return judges.map((judge) => ({
        judge,
        version: '1.0',
        verdict: 'accept',
        exit: 0,
        clock: judge === 'dnssec-verify' ? 'system' : 'given',
        seconds: 0,
        text: 'fine',
        ...said[judge],
      }));
    },
  };
}

export interface Wish {
  readonly keys: readonly ZoneKey[];
  readonly folder: string;
  readonly text?: string;
  readonly signing?: Partial<SigningPolicy>;
  readonly policy?: Policy;
  readonly judges?: JudgePanel;
  readonly overrides?: ReadonlyMap<OverridableRule, string>;
  /** Signed text of the release before. */
  readonly previous?: string;
  readonly now?: number;
  /** What happens to the signed zone on its way to the disk. */
  readonly damage?: (signed: string) => string;
  readonly change?: Partial<GateInput>;
}

/** Signs a zone in software into `zone.signed` and puts it before the gate. */
export async function throughGate(wish: Wish): Promise<{ readonly gate: GateResult; readonly signed: string }> {
  const { text = ZONE_TEXT, now = NOW } = wish;
  const { store, findings } = read(text);
  const input = inputZone(store, parseName(ORIGIN));
  const { text: clean } = await signText(text, wish.keys, { ...POLICY, ...wish.signing }, undefined, now);
  const signed = wish.damage?.(clean) ?? clean;
  const file = join(wish.folder, 'zone.signed');
  writeFileSync(file, signed, 'latin1');
  const previous = wish.previous === undefined ? undefined : readZone(wish.previous);
  const gate = await runGate({
    apex: parseName(ORIGIN),
    origin: ORIGIN,
    serial: serialOf(readZone(clean)),
    now,
    file,
    input,
    previous: previous && { zone: previous, serial: serialOf(previous) },
    policy: wish.policy ?? policyWith(),
    findings: [...findings, ...checkZone(input, { records: store })],
    overrides: wish.overrides ?? new Map(),
    judges: wish.judges ?? panelOf(),
    io: SILENT_IO,
    ...wish.change,
  });
  return { gate, signed };
}
