import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyRole } from '../../keystore/key.ts';
import { printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { parseName } from '../../signer/dns/name.ts';
import type { Io } from '../../src/io.ts';
import { main } from '../../src/main.ts';
import { JUDGES, runJudges } from '../../src/release/judges.ts';
import { askServed } from '../support/servers.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';
import { LONGEST, LONGEST_THAT_NSD_LOADS_WITH_NSEC3, ORIGIN, SHAPES } from './shapes.ts';

/** Every algorithm, every form of denial and every shape of zone, signed through SoftHSM, must please four other implementations. */
const ALGORITHMS = [8, 10, 13, 14, 15, 16];
const DENIALS: Readonly<Record<string, readonly string[]>> = { NSEC: [], NSEC3: ['--nsec3'], 'NSEC3 opt-out': ['--nsec3', '--opt-out'] };

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
          expect(
            verdicts.map((v) => [v.judge, v.verdict]),
            verdicts.map((v) => `${v.judge}: ${v.text}`).join('\n'),
          ).toEqual(JUDGES.map((judge) => [judge, 'accept']));
        });
      }
    });
  }
}

describe('a validating resolver', () => {
  for (const [denial, flags] of Object.entries(DENIALS)) {
    for (const [shape, { questions }] of Object.entries(SHAPES)) {
      test(`${denial}, ${shape}: proves each answer`, async () => {
        const servable = (text: string): string => (denial === 'NSEC' ? text : text.replace(LONGEST, LONGEST_THAT_NSD_LOADS_WITH_NSEC3));
        const asked = questions.map((question) => ({ ...question, name: servable(question.name) }));
        const { file, anchor } = await sign(13, flags, shape, servable(SHAPES[shape]!.text));
        const told = await askServed({ origin: ORIGIN, file }, anchor, asked);
        const optOut = denial === 'NSEC3 opt-out';
        expect(told).toEqual(asked.map(({ insecure, ...question }) => ({ ...question, ad: !(optOut && insecure === 'opt-out') })));
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
  text = SHAPES[shape]!.text,
): Promise<{ file: string; anchor: string; anchorFile: string }> {
  const { ksk, zsk, anchor } = KEYS.get(algorithm)!;
  const stem = join(folder, `${algorithm}-${flags.join('') || 'nsec'}-${shape.replaceAll(/\W+/g, '-')}`);
  const [input, file, anchorFile] = [`${stem}.db`, `${stem}.signed`, `${stem}.anchor`];
  await writeFile(input, text);
  await writeFile(anchorFile, anchor);
  await coldsign('zone', 'sign', input, '-o', ORIGIN, '-f', file, '--ksk', ksk, '--zsk', zsk, '--threads', '1', ...flags);
  expect((await readFile(file)).length).toBeGreaterThan(0);
  return { file, anchor, anchorFile };
}

/** The command in this process: 90 starts of the program would say no more. @throws with what it printed, when its exit status is not 0 */
async function coldsign(...args: readonly string[]): Promise<void> {
  let text = '';
  const err = new PassThrough().setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const io: Io = { out: { write: (chunk) => (text += chunk) }, err: err as unknown as NodeJS.WriteStream };
  const exit = await main(args, io);
  if (exit !== 0) throw new Error(`coldsign ${args.join(' ')}: exit status ${exit}\n${text}`);
}

function dnskeyText(rdata: Uint8Array): string {
  const bytes = Buffer.from(rdata);
  return `${bytes.readUInt16BE(0)} ${bytes[2]} ${bytes[3]} ${bytes.subarray(4).toString('base64')}`;
}
