import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyRole } from '../../keystore/key.ts';
import { printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { parseName } from '../../signer/dns/name.ts';
import { JUDGES, type JudgeName, runJudges } from '../../src/release/judges.ts';
import { askServed } from '../support/servers.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';
import { ORIGIN, SHAPES } from './shapes.ts';

/** Every algorithm, every form of denial and every shape of zone, signed through SoftHSM, must please four other implementations. */
const ALGORITHMS = [8, 10, 13, 14, 15, 16];
const DENIALS: Readonly<Record<string, readonly string[]>> = { NSEC: [], NSEC3: ['--nsec3'], 'NSEC3 opt-out': ['--nsec3', '--opt-out'] };

/** Where a judge is known to be wrong about a correct zone: the judge, the case, and why. An entry that no longer holds makes its test fail. */
const EXCEPTIONS: readonly {
  readonly judge: JudgeName;
  readonly algorithm?: number;
  readonly denial?: string;
  readonly shape?: string;
  readonly because: string;
}[] = [];

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const KEYS = new Map<number, { readonly ksk: string; readonly zsk: string; readonly anchor: string }>();
let token: TestToken;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coldsign-interop-'));
  token = await makeTestToken();
  await using store = await token.open();
  for (const algorithm of ALGORITHMS) {
    const make = async (role: KeyRole): Promise<{ uri: string; dnskey: Uint8Array }> => {
      const { id, dnskey } = await store.generate({ zone: parseName(ORIGIN), role, algorithm });
      return { uri: printPkcs11Uri({ ...token.uri, id }), dnskey };
    };
    const [ksk, zsk] = [await make('ksk'), await make('zsk')];
    KEYS.set(algorithm, { ksk: ksk.uri, zsk: zsk.uri, anchor: `${ORIGIN} 3600 IN DNSKEY ${dnskeyText(ksk.dnskey)}\n` });
  }
});

afterAll(async () => {
  token?.[Symbol.dispose]();
  await rm(folder, { recursive: true, force: true });
});

for (const algorithm of ALGORITHMS) {
  for (const [denial, flags] of Object.entries(DENIALS)) {
    describe(`algorithm ${algorithm}, ${denial}`, () => {
      for (const shape of Object.keys(SHAPES)) {
        test(`${shape}: all judges accept`, async () => {
          const { file, anchorFile } = await sign(algorithm, flags, shape);
          const verdicts = await runJudges({ file, origin: ORIGIN, anchorFile, timeoutSeconds: 60 });
          const expected = JUDGES.map((judge) => [judge, isException(judge, algorithm, denial, shape) ? 'reject' : 'accept']);
          expect(
            verdicts.map((v) => [v.judge, v.verdict]),
            verdicts.map((v) => `${v.judge}: ${v.text}`).join('\n'),
          ).toEqual(expected);
        });
      }
    });
  }
}

describe('a validating resolver', () => {
  for (const [denial, flags] of Object.entries(DENIALS)) {
    for (const [shape, { questions }] of Object.entries(SHAPES)) {
      test(`${denial}, ${shape}: proves each answer`, async () => {
        const { file, anchor } = await sign(13, flags, shape);
        const told = await askServed({ origin: ORIGIN, file }, anchor, questions);
        const optOut = denial === 'NSEC3 opt-out';
        expect(told).toEqual(questions.map(({ insecure, ...question }) => ({ ...question, ad: !(optOut && insecure === 'opt-out') })));
      });
    }
  }

  for (const algorithm of ALGORITHMS) {
    test(`validates algorithm ${algorithm}`, async () => {
      const { questions } = SHAPES['apex only']!;
      const { file, anchor } = await sign(algorithm, [], 'apex only');
      const told = await askServed({ origin: ORIGIN, file }, anchor, questions);
      expect(told).toEqual(questions.map(({ insecure: _, ...question }) => ({ ...question, ad: true })));
    });
  }
});

async function sign(
  algorithm: number,
  flags: readonly string[],
  shape: string,
): Promise<{ file: string; anchor: string; anchorFile: string }> {
  const { ksk, zsk, anchor } = KEYS.get(algorithm)!;
  const stem = join(folder, `${algorithm}-${flags.join('') || 'nsec'}-${shape.replaceAll(/\W+/g, '-')}`);
  const [input, file, anchorFile] = [`${stem}.db`, `${stem}.signed`, `${stem}.anchor`];
  await writeFile(input, SHAPES[shape]!.text);
  await writeFile(anchorFile, anchor);
  await coldsign('zone', 'sign', input, '-o', ORIGIN, '-f', file, '--ksk', ksk, '--zsk', zsk, ...flags);
  expect((await readFile(file)).length).toBeGreaterThan(0);
  return { file, anchor, anchorFile };
}

/** @throws with what the command printed, when its exit status is not 0 */
function coldsign(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [CLI, ...args], { timeout: 60_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error) reject(new Error(`coldsign ${args.join(' ')}\n${stdout}${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

function isException(judge: JudgeName, algorithm: number, denial: string, shape: string): boolean {
  return EXCEPTIONS.some(
    (e) => e.judge === judge && (e.algorithm ?? algorithm) === algorithm && (e.denial ?? denial) === denial && (e.shape ?? shape) === shape,
  );
}

function dnskeyText(rdata: Uint8Array): string {
  const bytes = Buffer.from(rdata);
  return `${bytes.readUInt16BE(0)} ${bytes[2]} ${bytes[3]} ${bytes.subarray(4).toString('base64')}`;
}
