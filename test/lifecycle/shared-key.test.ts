import { expect, test } from 'vitest';
import type { LoggedKey } from '../../src/audit/entry.ts';
import type { Config } from '../../src/config/config.ts';
import { needsOfKey } from '../../src/keys/zone-needs.ts';
import { emptyState, zoneState } from '../../src/state/state.ts';
import type { ArtifactStore } from '../../src/workspace/artifacts.ts';

const key = (zone: string, role: LoggedKey['role'], flags: number, fill: number): LoggedKey => {
  const dnskey = Buffer.concat([Buffer.of(flags >> 8, flags & 255, 3, 13), Buffer.alloc(64, fill)]).toString('base64');
  return {
    zone,
    role,
    algorithm: 13,
    keyTag: flags,
    dnskey,
    id: '01',
    label: 'shared',
    token: role === 'zsk' ? 'zsk' : 'ksk',
    serial: 's',
  };
};

test('"key destroy only when no plan, no cache and no published signature needs it": a ZSK that is the KSK of another zone is needed there', () => {
  const state = emptyState();
  const [zsk, ksk, other] = [key('a.', 'zsk', 256, 1), key('b.', 'ksk', 257, 1), key('c.', 'ksk', 257, 2)];
  for (const one of [zsk, ksk, other]) zoneState(state, one.zone).keys.push(one);
  const workspace = { state, config: { zones: {}, policies: {} } as unknown as Config, artifacts: {} as ArtifactStore };
  const reasons = (one: LoggedKey): readonly string[] => needsOfKey(workspace, one).map(({ reason }) => reason);
  expect(reasons(zsk)).toEqual(['it is also the KSK 257 of b.']);
  expect(reasons(ksk)).toEqual(['it is also the ZSK 256 of a.']);
  expect(reasons(other)).toEqual([]);
});
