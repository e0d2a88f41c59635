import type { RuleId } from '../../signer/verify/rules.ts';
import type { RrData } from '../support/soft-records.ts';
import type { Base } from './base-zone.ts';
import type { Workbench } from './workbench.ts';

export type BaseName = 'nsec' | 'nsec3' | 'opt-out' | 'zonemd';

/** One fault in a zone that is correct otherwise: whatever else the change would upset is made good again. */
export interface Mutation {
  readonly name: string;
  /** What is wrong, for a person. */
  readonly fault: string;
  /** The rules of `zone verify` that it breaks, each an error: these and no other. */
  readonly rules: readonly RuleId[];
  readonly base: BaseName;
  /** Changes keys, content or options; then the whole zone is signed by the rules. */
  readonly before?: (base: Base, now: number) => Base;
  /** Damages the signed zone. */
  readonly after?: (bench: Workbench) => void;
  /** Given to the verifier beside the zone: the DS record of the parent. */
  readonly parentDs?: (base: Base) => RrData;
  /** Given to the verifier beside the zone: the undamaged base as the zone published before. */
  readonly hasPrevious?: true;
}
