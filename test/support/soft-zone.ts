import { RecordStore } from '../../signer/zone/record-store.ts';
import { buildZone, type Zone } from '../../signer/zone/zone.ts';
import { nameWire, type Rr, typeNumber } from './soft-records.ts';

/** Records of the soft signer as a Zone of the product, without a zone file in between. */
export function toZone(records: readonly Rr[], apex: string): Zone {
  const store = new RecordStore();
  const owners = new Map<string, number>();
  for (const r of records) {
    const owner = owners.get(r.owner) ?? store.copyName(nameWire(r.owner));
    owners.set(r.owner, owner);
    store.addGenerated(owner, typeNumber(r.type), r.ttl, r.rdata);
  }
  return buildZone(store, nameWire(apex));
}
