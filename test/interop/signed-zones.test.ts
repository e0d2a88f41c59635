import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { JUDGES, type JudgeName, runJudges } from '../../src/release/judges.ts';
import { askServed } from '../support/servers.ts';
import { LONGEST, LONGEST_THAT_NSD_LOADS_WITH_NSEC3, ORIGIN, SHAPES } from './shapes.ts';
import { type MadeKey, type SignedFile, SigningBench } from './signing.ts';

/** Every algorithm, every form of denial and every shape of zone, signed through SoftHSM, must please four other implementations. */
const ALGORITHMS = [8, 10, 13, 14, 15, 16];
const DENIALS: Readonly<Record<string, readonly string[]>> = { NSEC: [], NSEC3: ['--nsec3'], 'NSEC3 opt-out': ['--nsec3', '--opt-out'] };

const keys = new Map<number, { readonly ksk: MadeKey; readonly zsk: MadeKey }>();
let bench: SigningBench;

beforeAll(async () => {
  bench = await SigningBench.open();
  for (const algorithm of ALGORITHMS) {
    const [ksk, zsk] = await bench.generate([
      { zone: ORIGIN, role: 'ksk', algorithm },
      { zone: ORIGIN, role: 'zsk', algorithm },
    ]);
    keys.set(algorithm, { ksk: ksk!, zsk: zsk! });
  }
});

afterAll(() => bench?.[Symbol.asyncDispose]());

function sign(algorithm: number, text: string, flags: readonly string[]): Promise<SignedFile> {
  const { ksk, zsk } = keys.get(algorithm)!;
  return bench.sign(ORIGIN, text, [ksk], [zsk], flags);
}

async function expectAllAccept({ file, anchorFile }: SignedFile, judges: readonly JudgeName[] = JUDGES): Promise<void> {
  const verdicts = await runJudges({ file, origin: ORIGIN, anchorFile, judges, timeoutSeconds: 60 });
  const reasons = verdicts.map((v) => `${v.judge}: ${v.text}`).join('\n');
  expect(
    verdicts.map((v) => [v.judge, v.verdict]),
    reasons,
  ).toEqual(judges.map((judge) => [judge, 'accept']));
}

for (const algorithm of ALGORITHMS) {
  for (const [denial, flags] of Object.entries(DENIALS)) {
    describe(`algorithm ${algorithm}, ${denial}`, () => {
      test.each(Object.entries(SHAPES))('%s: all judges accept', async (_, { text }) => {
        await expectAllAccept(await sign(algorithm, text, flags));
      });
    });
  }
}

describe('with CDS, CDNSKEY and ZONEMD', () => {
  const { text } = SHAPES['delegations, glue and occluded names']!;

  test.each(Object.entries(DENIALS))('%s: all judges accept', async (denial, flags) => {
    // ldns before 1.9.0 does not end when it checks ZONEMD and a delegation has no NSEC3 (NLnetLabs/ldns#287).
    const judges = denial === 'NSEC3 opt-out' ? JUDGES.filter((judge) => judge !== 'ldns-verify-zone') : JUDGES;
    await expectAllAccept(await sign(13, text, [...flags, '--cds', '--zonemd']), judges);
  });

  test('both hashes of ZONEMD, CDS with two digests, signed by the ZSK too: all judges accept', async () => {
    await expectAllAccept(await sign(13, text, ['--cds', '--cds-digest', '2,4', '--cds-by-zsk', '--zonemd', 'sha384,sha512']));
  });
});

describe('other sets of keys and parameters', () => {
  const { text, questions } = SHAPES['wildcards and empty non-terminals']!;
  const proven = questions.map(({ insecure: _, ...question }) => ({ ...question, ad: true }));

  test('one key with both roles', async () => {
    const [csk] = await bench.generate([{ zone: ORIGIN, role: 'csk', algorithm: 13 }]);
    const signed = await bench.sign(ORIGIN, text, [csk!], [csk!]);
    await expectAllAccept(signed);
    expect(await askServed({ origin: ORIGIN, file: signed.file }, signed.anchor, questions)).toEqual(proven);
  });

  test('RFC 4035 2.2: two algorithms, both sign everything', async () => {
    const [rsa, ecdsa] = [keys.get(8)!, keys.get(13)!];
    for (const ksks of [
      [rsa.ksk, ecdsa.ksk],
      [ecdsa.ksk, rsa.ksk],
    ]) {
      const signed = await bench.sign(ORIGIN, text, ksks, [rsa.zsk, ecdsa.zsk]);
      await expectAllAccept(signed);
      expect(await askServed({ origin: ORIGIN, file: signed.file }, signed.anchor, questions)).toEqual(proven);
    }
  });

  test('a salt and iterations, for those who must', async () => {
    const signed = await sign(13, text, ['--nsec3', '--salt', 'aabbccdd', '--iterations', '5', '--i-know-rfc9276']);
    await expectAllAccept(signed);
    expect(await askServed({ origin: ORIGIN, file: signed.file }, signed.anchor, questions)).toEqual(proven);
  });
});

describe('a validating resolver', () => {
  for (const [denial, flags] of Object.entries(DENIALS)) {
    test.each(Object.entries(SHAPES))(`${denial}, %s: proves each answer`, async (_, { text, questions }) => {
      const servable = (name: string): string => (denial === 'NSEC' ? name : name.replace(LONGEST, LONGEST_THAT_NSD_LOADS_WITH_NSEC3));
      const asked = questions.map((question) => ({ ...question, name: servable(question.name) }));
      const { file, anchor } = await sign(13, servable(text), flags);
      const told = await askServed({ origin: ORIGIN, file }, anchor, asked);
      const optOut = denial === 'NSEC3 opt-out';
      expect(told).toEqual(asked.map(({ insecure, ...question }) => ({ ...question, ad: !(optOut && insecure === 'opt-out') })));
    });
  }

  test.each(ALGORITHMS)('validates algorithm %i', async (algorithm) => {
    const { text, questions } = SHAPES['apex only']!;
    const { file, anchor } = await sign(algorithm, text, []);
    const told = await askServed({ origin: ORIGIN, file }, anchor, questions);
    expect(told).toEqual(questions.map(({ insecure: _, ...question }) => ({ ...question, ad: true })));
  });
});
