import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { latin1, WireWriter } from '../../../signer/dns/bytes.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { Fault } from '../../../signer/errors.ts';
import { planSigning } from '../../../signer/plan.ts';
import type { SigningPolicy } from '../../../signer/policy.ts';
import { prepareZone } from '../../../signer/prepare.ts';
import { signedZonePrinter } from '../../../signer/print-signed.ts';
import { newSignedZone, type SignCounts, signZone } from '../../../signer/sign.ts';
import type { ZoneKey } from '../../../signer/zone-key.ts';
import { SigningProgress } from '../../../src/sign/progress/progress.ts';
import { NOW, ORIGIN, POLICY, read, readZone, serialOf } from '../../properties/support/sign-text.ts';
import { checkSignatures } from '../../properties/support/software-signing-key.ts';

export interface Run {
  readonly text: string;
  readonly keys: readonly ZoneKey[];
  readonly policy?: SigningPolicy;
  readonly now?: number;
  readonly previous?: string;
  /** The token fails when it has made so many. */
  readonly failAfter?: number;
  /** The run ends with a release. */
  readonly isReleased?: boolean;
}

export interface Ran extends SignCounts {
  /** The signed zone; undefined where the token failed. */
  readonly text: string | undefined;
  /** Signatures that the keys were asked for and gave. */
  readonly signed: number;
  readonly notes: string;
}

/** A folder for the progress of one zone, and runs over it that are interrupted or not. */
export class ProgressBench implements Disposable {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'coldsign-progress-'));
  readonly folder = join(this.#scratch, 'zone');

  /** What a command does between plan and release, on the disk and with keys in memory. */
  async run({ text, keys, policy = POLICY, now = NOW, previous: previousText, failAfter, isReleased }: Run): Promise<Ran> {
    const previous = previousText === undefined ? undefined : readZone(previousText);
    const counter = new FailingKeys(keys, failAfter ?? Number.POSITIVE_INFINITY);
    const previousSerial = previous && serialOf(previous);
    const prepared = { store: read(text).store, apex: parseName(ORIGIN), keys: counter.keys, published: [], policy, now, previousSerial };
    const { zone } = prepareZone(prepared);
    let notes = '';
    const io = { out: { write: () => true }, err: { write: (line: string) => (notes += line) } as unknown as NodeJS.WriteStream };
    const counts: SignCounts = { made: 0, kept: 0, keptButBad: 0 };
    let out: string | undefined;
    const decided = planSigning({ zone, keys: counter.keys, policy, now, previous });
    {
      using progress = new SigningProgress(decided, this.folder, io);
      const signed = newSignedZone(progress.plan);
      const printer = signedZonePrinter(signed);
      const writer = new WireWriter();
      try {
        for await (const done of signZone(signed, checkSignatures, counts)) while (printer.print(done, writer, Number.POSITIVE_INFINITY));
        while (printer.print(signed.plan.jobs.count, writer, Number.POSITIVE_INFINITY));
        out = latin1(writer.bytes, 0, writer.length);
        progress.flush();
        if (isReleased === true) progress.released();
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
      }
    }
    return { ...counts, text: out, signed: counter.signed, notes };
  }

  /** Files of interrupted runs. */
  files(): readonly string[] {
    try {
      return readdirSync(this.folder).map((name) => join(this.folder, name));
    } catch {
      return [];
    }
  }

  path(name: string): string {
    return join(this.#scratch, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

/** Keys of a token that is gone after so many signatures, in the middle of a batch. */
class FailingKeys {
  readonly keys: readonly ZoneKey[];
  signed = 0;

  constructor(keys: readonly ZoneKey[], limit: number) {
    this.keys = keys.map(({ role, key }) => {
      const { algorithm, keyTag, flags, dnskey, signatureOctets } = key;
      const sign: typeof key.sign = async (batch) => {
        if (this.signed + batch.ends.length > limit) throw new Fault('token/failed', 'the token is gone', 'connect it again');
        this.signed += batch.ends.length;
        return await key.sign(batch);
      };
      return { role, key: { algorithm, keyTag, flags, dnskey, signatureOctets, sign } };
    });
  }
}
