import { fileURLToPath } from 'node:url';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Files that take long in a whole run on two cores, slowest first; all others are quicker, whatever their order. Ceremonies in terminals wait more
 * than they work: one of them at a time leaves the cores to others.
 */
const SLOW: readonly string[] = [
  'test/tui/whole/first-keys.test.ts',
  'test/crash/keys-and-policy.test.ts',
  'test/faults/ladder.test.ts',
  'test/tui/whole/interrupted.test.ts',
  'test/faults/schedules.test.ts',
  'test/rollover/life/two-years.test.ts',
  'test/tui/whole/routine.test.ts',
  'test/rollover/workspace/unsigned.test.ts',
  'test/interop/signed-zones.test.ts',
  'test/rollover/workspace/every-kind-keys.test.ts',
  'test/tui/whole/recovery.test.ts',
  'test/evidence/commands.test.ts',
  'test/crash/sign.test.ts',
  'test/rollover/workspace/destroy-import.test.ts',
  'test/crash/sign-odd.test.ts',
  'test/rollover/workspace/every-kind-shape.test.ts',
  'test/ceremony/script/led-rollovers.test.ts',
  'test/transcripts/output.test.ts',
  'test/replicas/replicas.test.ts',
  'test/rollover/workspace/crash.test.ts',
  'test/lifecycle/destroy.test.ts',
  'test/secrets/full-run.test.ts',
  'test/rollover/workspace/emergency.test.ts',
  'test/workspace/sign-refused.test.ts',
  'test/audit-export/verify-md.test.ts',
  'test/backup/wrap.test.ts',
  'test/ceremony/leader/killed.test.ts',
  'test/rollover/peers/named.test.ts',
  'test/backup/workspace.test.ts',
  'test/rollover/workspace/multi-signer.test.ts',
  'test/workspace/log-guards.test.ts',
  'test/workspace/interrupted.test.ts',
  'test/modules/smart-card-hsm.test.ts',
  'test/rollover/workspace/anchors.test.ts',
  'test/tui/terminal.test.ts',
  'test/audit-export/octet-flips.test.ts',
  'test/transcripts/refusals.test.ts',
  'test/ceremony/leader/rehearse.test.ts',
  'test/rollover/workspace/insecure.test.ts',
  'test/workspace/init.test.ts',
  'test/ceremony/leader/dishonest.test.ts',
  'test/ceremony/report/report.test.ts',
  'test/ceremony/leader/dialogue.test.ts',
  'test/ceremony/leader/killed-keys.test.ts',
  'test/doctor/faulty-token.test.ts',
  'test/workspace/many-zones.test.ts',
  'test/shares/shares-cli.test.ts',
  'test/interop/demo.test.ts',
  'test/ceremony/script/led-custodians.test.ts',
  'test/lifecycle/import.test.ts',
  'test/progress/killed.test.ts',
  'test/keystore/softhsm-failures.test.ts',
  'test/faults/zone-sign.test.ts',
  'test/tui/ceremony.test.ts',
  'test/signer/verify/damage.test.ts',
  'test/modules/softhsm.test.ts',
  'test/lifecycle/destroy-killed.test.ts',
  'test/rollover/workspace/lost.test.ts',
  'test/ceremony/leader/recovery.test.ts',
  'test/apply/killed.test.ts',
  'test/tui/room/terminal.test.ts',
  'test/workspace/policy-apply.test.ts',
  'test/ceremony/leader/leader.test.ts',
  'test/doctor/token-doctor.test.ts',
  'test/backup/token-backup.test.ts',
  'test/workspace/secrets.test.ts',
  'test/ceremony/script/run-scripts.test.ts',
  'test/workspace/rollback.test.ts',
  'test/workspace/catalog.test.ts',
  'test/faults/login-record.test.ts',
  'test/workspace/zones.test.ts',
  'test/rollover/workspace/zsk.test.ts',
  'test/replicas/publication.test.ts',
  'test/transcripts/mistakes.test.ts',
  'test/rollover/worlds/worlds-3.test.ts',
  'test/doctor/token-bench.test.ts',
  'test/backup/killed-unwrap.test.ts',
  'test/interop/rollover-forms.test.ts',
];

/**
 * Begins with what takes longest, so that the workers end together. Vitest by itself goes by what it has measured on the same machine, and on a
 * new one by the size of the files, which says nothing: the longest one, begun last, keeps one core.
 */
export class SlowestFirst extends BaseSequencer {
  /** The same files give the same order; a name in the list that is no file any more does no harm. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const places = new Map(SLOW.map((path, i) => [`${ROOT}${path}`, i]));
    const placeOf = ({ moduleId }: TestSpecification): number => places.get(moduleId) ?? SLOW.length;
    return files.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}
