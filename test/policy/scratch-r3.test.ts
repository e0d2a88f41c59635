import { expect, test } from 'vitest';
import { effectivePolicy, lifeNeeded, marginNeeded } from '../../src/policy/effective.ts';
import { zoneTimes } from '../../src/sign/inputs.ts';
import { judgeMargin } from '../../src/release/margin.ts';
import { verifyZone } from '../../signer/verify/verify-zone.ts';
import { keyPair } from '../properties/support/software-signing-key.ts';
import { NOW, read, readZone, signText } from '../properties/support/sign-text.ts';
import { policyOf, DAY, HOUR } from './support.ts';

const zoneText = (expire: number, ttl: number, n: number) => `$TTL ${ttl}
@ IN SOA ns hm 1 7200 900 ${expire} 300
@ NS ns
ns A 192.0.2.1
sub NS ns.sub
sub DS 1 13 2 ${'AB'.repeat(32)}
ns.sub A 192.0.2.9
${Array.from({ length: 12 }, (_, i) => `h${i} A 192.0.2.${i + 1}`).join('\n')}
edit TXT "${n}"
`;
let seed = 1;
const rnd = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
const keys = keyPair(15);
const combos: any[] = [];
for (const expire of [0, 7 * DAY, 28 * DAY, 365 * DAY]) for (const ttl of [0, DAY, 7 * DAY]) for (const p of ['', 'ceremony-interval: 7d', 'ceremony-interval: 30d, ceremony-slack: 3d', 'ceremony-interval: 90d, signatures-refresh: 0', 'ceremony-interval: 7d, signatures-refresh: 20d, signatures-jitter: 5d, nsec3: true', 'ceremony-interval: 3d, dnskey-ttl: 2d, ceremony-slack: 0', 'ceremony-interval: 7d, signatures-validity-dnskey: 9d', 'ceremony-interval: 7d, signatures-validity: 9d']) combos.push([expire, ttl, p]);
test.each(combos)('expire %i ttl %i %s', async (expire, ttl, p) => {
  const policy = policyOf(p);
  let now = NOW; let previous: string | undefined; let visits = 0; let kept = 0; let made = 0; let worst = Infinity; let worstData = Infinity; let marginFail = 0;
  const end = NOW + 120 * DAY;
  while (now < end && visits < 30) {
    const text = zoneText(expire, ttl, visits);
    const times = zoneTimes(read(text).store);
    const eff = effectivePolicy(policy, undefined, times, { cdsPending: true });
    const r = await signText(text, keys, eff, previous, now);
    kept += r.counts.kept; made += r.counts.made; visits++;
    const { jobs, zone } = r.signed.plan;
    const exps = [...jobs.expiration.subarray(0, jobs.count)];
    const until = now + marginNeeded(policy) + expire + Math.max(ttl, policy.dnskeyTtl);
    worst = Math.min(worst, Math.min(...exps) - until);
    const dataExps = exps.filter((_, j) => keys[jobs.key[j]!]!.role === 'zsk');
    worstData = Math.min(worstData, Math.min(...dataExps) - until);
    if (judgeMargin({ validUntil: Math.min(...exps) }, policy, now).verdict !== 'pass') marginFail++;
    const { findings } = await verifyZone(readZone(r.text), { now });
    const errs = findings.filter((f) => f.severity !== 'info');
    if (errs.length) console.log('VERIFY', expire, ttl, p, errs[0]);
    previous = r.text;
    now += Math.floor(rnd() < 0.5 ? policy.ceremonyInterval : rnd() * (policy.ceremonyInterval + policy.ceremonySlack));
  }
  console.log(JSON.stringify({ expire: expire / DAY, ttl: ttl / DAY, p, visits, kept, made, worst, worstData, marginFail }));
});
