import { afterAll, beforeAll, expect, test } from 'vitest';
import { JUDGES, runJudges } from '../../src/release/judges.ts';
import { askServed } from '../support/servers.ts';
import { SigningBench } from './signing.ts';

/** Zone names that tools like to treat in a way of their own. */
const ZONES = {
  'the root': {
    origin: '.',
    text: `. 86400 IN SOA a.servers.test. nstld.test. 2026010101 1800 900 604800 86400
. NS a.servers.test.
test. NS a.servers.test.
a.servers.test. A 192.0.2.1
signed. NS ns.signed.
signed. DS 12345 13 2 ${'5a'.repeat(32)}
ns.signed. A 192.0.2.2
`,
    positive: ['signed.', 'DS'],
    absent: ['absent.', 'A'],
  },
  'a top-level domain': {
    origin: 'test.',
    text: `$ORIGIN test.
@ 3600 SOA ns hostmaster 2026010101 7200 900 604800 300
 NS ns
ns A 192.0.2.1
some NS ns.some
ns.some A 192.0.2.2
`,
    positive: ['test.', 'SOA'],
    absent: ['absent.test.', 'A'],
  },
  'a private reverse zone': {
    origin: '10.in-addr.arpa.',
    text: `$ORIGIN 10.in-addr.arpa.
$TTL 3600
@ SOA ns.example.net. hostmaster.example.net. 2026010101 7200 900 604800 300
 NS ns.example.net.
1.0.0 PTR host.example.net.
$GENERATE 1-20 $.1.0 PTR host-$.example.net.
`,
    positive: ['7.1.0.10.in-addr.arpa.', 'PTR'],
    absent: ['99.1.0.10.in-addr.arpa.', 'PTR'],
  },
  'a zone named in IDNA form, origin in capitals': {
    origin: 'XN--BCHER-KVA.Example.',
    text: `$ORIGIN xn--bcher-kva.example.
$TTL 3600
@ SOA ns.example.net. hostmaster.example.net. 2026010101 7200 900 604800 300
 NS ns.example.net.
WWW A 192.0.2.1
`,
    positive: ['www.xn--bcher-kva.example.', 'A'],
    absent: ['absent.xn--bcher-kva.example.', 'A'],
  },
} as const;

let bench: SigningBench;
beforeAll(async () => {
  bench = await SigningBench.open();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

for (const [name, { origin, text, positive, absent }] of Object.entries(ZONES)) {
  test.each([['NSEC', []] as const, ['NSEC3', ['--nsec3']] as const])(
    `${name}, %s: judges accept, the resolver proves`,
    async (_, flags) => {
      const [ksk, zsk] = await bench.generate([
        { zone: origin, role: 'ksk', algorithm: 13 },
        { zone: origin, role: 'zsk', algorithm: 13 },
      ]);
      const { file, anchor, anchorFile } = await bench.sign(origin, text, [ksk!], [zsk!], flags);
      const verdicts = await runJudges({ file, origin, anchorFile, timeoutSeconds: 60 });
      const reasons = verdicts.map((v) => `${v.judge}: ${v.text}`).join('\n');
      expect(
        verdicts.map((v) => [v.judge, v.verdict]),
        reasons,
      ).toEqual(JUDGES.map((judge) => [judge, 'accept']));
      const told = await askServed({ origin, file }, anchor, [
        { name: positive[0], type: positive[1] },
        { name: absent[0], type: absent[1] },
      ]);
      expect(told.map(({ rcode, ad, count }) => ({ rcode, ad, count }))).toEqual([
        { rcode: 'NOERROR', ad: true, count: 1 },
        { rcode: 'NXDOMAIN', ad: true, count: 0 },
      ]);
    },
  );
}
