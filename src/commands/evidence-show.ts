import * as z from 'zod';
import type { Arrival, DsObserved } from '../../keystore/rollover/model.ts';
import { isoText } from '../config/time-text.ts';
import { EVIDENCE_SCHEMA } from '../evidence/evidence-file.ts';
import { keyNames } from '../evidence/take.ts';
import type { Io } from '../io.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';

export interface EvidenceShowOptions {
  readonly dir?: string;
  readonly zone: string;
  readonly json: boolean;
}

/** `evidence show`: what is known of the zone's servers and of its parent, and from which files. Needs no token. */
export function evidenceShow(options: EvidenceShowOptions, io: Io): number {
  const { state, config } = readSealedWorkspace(options.dir);
  const { name } = zoneOf(config, options.zone);
  const roll = zoneRollOf(state, name);
  const { evidence = {} } = state.zones[name] ?? {};
  if (options.json) {
    io.out.write(`${JSON.stringify({ format: 1, zone: name, versions: roll.versions, parent: roll.parent, evidence }, undefined, 2)}\n`);
    return 0;
  }
  const nameOf = keyNames(roll);
  const lines = [
    ...roll.versions.map(({ serial, at, from }) => `serial ${serial} made ${isoText(at)}, ${arrivalText(from)}`),
    ...(evidence.zone === undefined ? [] : [`last look at the servers: ${evidence.zone.name} (${evidence.zone.sha256.slice(0, 16)})`]),
    `asked of the parent: ${roll.parent.request === undefined ? 'nothing' : setText(roll.parent.request.keys.map(nameOf))}`,
    `the parent has: ${observedText(roll.parent.observed, nameOf)}`,
    ...(evidence.ds === undefined ? [] : [`last look at the parent: ${evidence.ds.name} (${evidence.ds.sha256.slice(0, 16)})`]),
  ];
  io.out.write(`${name}\n${lines.map((line) => `  ${line}\n`).join('')}`);
  return 0;
}

/** `evidence schema`: JSON Schema of the files that `evidence import` takes. */
export function evidenceSchema(io: Io): number {
  io.out.write(`${JSON.stringify(z.toJSONSchema(EVIDENCE_SCHEMA), undefined, 2)}\n`);
  return 0;
}

const arrivalText = (from: Arrival): string =>
  from === 'awaited' ? 'not seen with all servers yet' : `with all servers since ${isoText(from)}`;
const setText = (names: readonly string[]): string => (names.length === 0 ? 'no DS' : `DS of ${names.join(', ')}`);

function observedText(observed: DsObserved, nameOf: (key: string) => string): string {
  switch (observed.kind) {
    case 'unknown':
      return 'nobody has looked yet';
    case 'mixed':
      return `servers that did not agree at ${isoText(observed.at)}`;
    case 'settled':
      return `${setText(observed.keys.map(nameOf))}, TTL ${observed.ttl}, since ${isoText(observed.from)}, last seen ${isoText(observed.at)}`;
    default:
      return observed satisfies never;
  }
}
