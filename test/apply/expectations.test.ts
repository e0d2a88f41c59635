import { beforeAll, describe, expect, test } from 'vitest';
import { expectationWords, expectedOf } from '../../src/apply/expectations.ts';
import { printedForms, readForms } from '../../src/release/expected-forms.ts';
import type { ManifestExpectation } from '../../src/release/manifest.ts';
import { makeFormKeys, type NamedForm, rolloverForms } from '../signer/forms/forms.ts';
import { key, PUBLISHED_ONLY, REVOKED, signForm, verify } from '../signer/forms/sign-form.ts';

const keys = makeFormKeys(13, 15);
const { k1, z1, kOther, zOther } = keys;
const forms: readonly NamedForm[] = [
  ...rolloverForms(keys),
  {
    name: 'algorithm, liberal: new keys that sign nothing',
    form: {
      keys: [key('ksk', k1), key('zsk', z1), key('ksk', kOther, PUBLISHED_ONLY), key('zsk', zOther, PUBLISHED_ONLY)],
      allowIncompleteAlgorithms: true,
    },
    parent: [k1],
    options: { incompleteAlgorithms: [15] },
  },
  {
    name: 'the last anchor revoked, before the zone is unsigned',
    form: { keys: [key('ksk', k1, REVOKED), key('zsk', z1)], allowRevokedAlone: true },
    parent: [],
    options: { allowDelete: true },
  },
];
/** Its ZSK signs data, and of its keys only a revoked one signs the DNSKEY RRset. No verifier has to be told (RFC 6781 4.1.4.2). */
const ALSO_TRUE: Readonly<Record<string, readonly string[]>> = {
  'algorithm, the old KSK revoked': ['{"form":"incomplete","algorithm":13}'],
  'the last anchor revoked, before the zone is unsigned': ['{"form":"incomplete","algorithm":13}'],
};
const linesOf = ({ options = {} }: NamedForm): readonly string[] => printedForms(options).map((line) => JSON.stringify(line));
/** Everything that any of them expects. */
const all: readonly ManifestExpectation[] = [
  ...new Set([...forms.flatMap(linesOf), '{"form":"incomplete","algorithm":13}', '{"form":"incomplete","algorithm":8}']),
].map((line) => JSON.parse(line) as ManifestExpectation);

let signed: Awaited<ReturnType<typeof signForm>>[] = [];
beforeAll(async () => {
  signed = await Promise.all(forms.map(({ form }) => signForm(form)));
});

// What is meant is signed by the signing side: each expectation is true of the zone, and one that is not would only make the verifier blind.
test.each(forms.map((form, i) => [form.name, form, i] as const))('%s: what is so is taken, and nothing else', (name, form, i) => {
  const { zone } = signed[i]!;
  const expected = printedForms(form.options ?? {});
  expect(expectedOf({ expected }, zone)).toEqual(readForms(expected));
  const isSo = new Set([...linesOf(form), ...(ALSO_TRUE[name] ?? [])]);
  for (const one of all) {
    const ask = () => expectedOf({ expected: [one] }, zone);
    if (isSo.has(JSON.stringify(one))) expect(ask(), JSON.stringify(one)).toEqual(readForms([one]));
    else expect(ask, JSON.stringify(one)).toThrow(expect.objectContaining({ code: 'release/disagrees' }));
  }
});

test('what is expected is what the verifier of this side needs, and takes no more for good than that', async () => {
  for (const [i, { options, parent }] of forms.entries()) {
    if (options === undefined || parent.length === 0) continue;
    const { zone } = signed[i]!;
    const errors = async (given: ReturnType<typeof readForms>): Promise<number> =>
      (await verify(zone, given)).findings.filter(({ severity }) => severity === 'error').length;
    expect(await errors(expectedOf({ expected: printedForms(options) }, zone))).toBe(0);
    expect(await errors({})).toBeGreaterThan(0);
  }
});

describe('in words', () => {
  const base64 = Buffer.from(zOther.rdata).toString('base64');
  test.each<readonly [ManifestExpectation, string]>([
    [{ form: 'unpublished', dnskey: base64 }, `the key ${zOther.tag} (algorithm 15) signs and is not published: meant, by a rollover`],
    [
      { form: 'requested', dnskey: base64 },
      `the parent is asked for the key ${zOther.tag} (algorithm 15), which is not published: meant, by a rollover`,
    ],
    [
      { form: 'incomplete', algorithm: 15 },
      'not everything is signed with algorithm 15, of which keys are published: meant, by a rollover',
    ],
    [{ form: 'no-ds' }, 'the parent is to have no DS: meant, the zone goes insecure'],
  ])('$form', (expectation, words) => {
    expect(expectationWords(expectation)).toBe(words);
  });

  test.each<readonly [ManifestExpectation, number, string]>([
    [{ form: 'unpublished', dnskey: Buffer.from(z1.rdata).toString('base64') }, 0, 'it is in the DNSKEY RRset'],
    [{ form: 'unpublished', dnskey: base64 }, 0, 'the zone has no signature of it'],
    [{ form: 'requested', dnskey: base64 }, 0, 'no CDNSKEY record asks for it'],
    [{ form: 'incomplete', algorithm: 13 }, 0, 'it signs keys and data'],
    [{ form: 'incomplete', algorithm: 15 }, 0, 'no key of it is in the DNSKEY RRset'],
    [{ form: 'no-ds' }, 0, 'no CDS or CDNSKEY record asks the parent to remove the DS'],
  ])('a contradiction: %j', (expectation, i, words) => {
    expect(() => expectedOf({ expected: [expectation] }, signed[i]!.zone)).toThrow(words);
  });
});
