import type { Move, Roll } from '../../keystore/rollover/model.ts';
import type { RollChange } from '../rollover/roll-change.ts';
import type { ArtifactRef } from './entry.ts';

/** Data of the entries on rollovers, by type. `change` is what becomes otherwise in what is known of the zone's keys. */
export interface RollEntryData {
  /** A rollover begins: which keys should come to what. Nothing is published by it. */
  readonly 'roll.started': {
    readonly zone: string;
    readonly roll: Roll;
    readonly change: RollChange;
    /** People who agreed, where the chain of trust may break. */
    readonly approvals?: readonly string[];
  };
  /** What has come about without a new version of the zone: time has passed over what was seen, or only the parent is asked for something. */
  readonly 'roll.noted': { readonly zone: string; readonly moves: readonly Move[]; readonly change: RollChange };
  /** A step that a release carries out: `roll` of that release names it. */
  readonly 'roll.step.intent': {
    readonly zone: string;
    /** sha256 over the moves as JSON, hexadecimal. */
    readonly plan: string;
    readonly moves: readonly Move[];
    readonly change: RollChange;
  };
  /** The way back of a rollover. `change` is that of the step, where a release carries it out. */
  readonly 'roll.cancelled': {
    readonly zone: string;
    readonly roll: number;
    readonly how: string;
    readonly moves: readonly Move[];
    readonly change?: RollChange;
  };
  /** All servers of the zone serve this serial, or a later one. */
  readonly 'zone.observed': {
    readonly zone: string;
    readonly serial: number;
    /** Since when, at the latest; unix seconds. */
    readonly from: number;
    readonly source: 'evidence' | 'attested';
    readonly servers: number;
    readonly notes?: readonly string[];
    readonly artifact?: ArtifactRef;
    readonly change: RollChange;
  };
  /** What the servers of the parent have. */
  readonly 'ds.observed': {
    readonly zone: string;
    /** Unix seconds. */
    readonly at: number;
    readonly agree: boolean;
    /** Names of keys. */
    readonly keys: readonly string[];
    readonly ttl: number;
    readonly source: 'evidence' | 'attested';
    readonly servers: number;
    readonly notes?: readonly string[];
    readonly artifact?: ArtifactRef;
    readonly change: RollChange;
  };
  /** Somebody has handed the DS of a key in, or asked for its removal. */
  readonly 'ds.submitted': DsHandedIn;
  readonly 'ds.retracted': DsHandedIn;
}

export interface DsHandedIn {
  readonly zone: string;
  readonly keyTag: number;
  /** Name of the key. */
  readonly key: string;
  /** Unix seconds. */
  readonly at: number;
  readonly change: RollChange;
}
