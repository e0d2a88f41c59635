import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { KeyName, ZoneRoll } from '../../keystore/rollover/model.ts';
import { EMPTY_ROLL } from '../../keystore/rollover/model.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedKey } from '../audit/entry.ts';
import { editYaml } from '../config/edit-yaml.ts';
import type { Io } from '../io.ts';
import { generateZoneKey } from '../keys/generate-key.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import { changeOf } from '../rollover/roll-change.ts';
import { writeFileAtomically } from '../workspace/atomic-file.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { type Session, withSession } from '../workspace/session.ts';

/** Runs a command of the program. @returns exit status */
type Run = (argv: readonly string[], io: Io) => Promise<number>;

/**
 * A throw-away practice workspace that is as the real one: its configuration, its sources, and for each of its keys a stand-in of the same kind in a
 * new SoftHSM token, where the real one stands in its life. Its log has another key, and every entry of it says practice.
 */
export class RehearsalWorkspace implements Disposable {
  readonly dir: string;
  readonly tags = new Map<string, Map<number, number>>();

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** @param clock unix seconds; read when it is needed: making keys takes its time @throws Refusal ceremony/rehearsal-failed */
  static async make(real: ReadWorkspace, clock: () => number, run: Run, io: Io): Promise<RehearsalWorkspace> {
    const made = new RehearsalWorkspace(join(mkdtempSync(join(tmpdir(), 'coldsign-rehearsal-')), 'workspace'));
    try {
      await must(run, ['init', made.dir, '--origin', real.state.origin, '--practice'], io);
      made.#write(real, real.artifacts.get(real.state.config!).toString('utf8'));
      await must(run, ['policy', 'apply', '--dir', made.dir], io);
      await withSession({ dir: made.dir, command: 'rehearsal keys', now: clock(), nowGiven: false }, io, async (session) => {
        for (const zone of Object.keys(real.state.zones)) made.tags.set(zone, await standIn(session, real, zone));
        return 0;
      });
      for (const zone of released(real)) await must(run, ['zone', 'sign', zone, '--dir', made.dir], io);
      // What is to take effect takes effect in the rehearsal too, if a step says so.
      if (real.isConfigPending) made.#write(real, readFileSync(real.paths.config, 'utf8'));
      return made;
    } catch (error) {
      made[Symbol.dispose]();
      throw error;
    }
  }

  /** A configuration of the real workspace, with the tokens of this one and the sources where they are. */
  #write({ paths }: ReadWorkspace, text: string): void {
    const own = join(this.dir, 'coldsign.yaml');
    const { tokens } = parse(readFileSync(own, 'utf8')) as { tokens: unknown };
    const { zones = {} } = parse(text) as { zones?: Record<string, { source: string }> | null };
    const withSources = Object.entries(zones ?? {}).reduce(
      (whole, [name, { source }]) => editYaml(whole, ['zones', name, 'source'], resolve(paths.root, source)),
      text,
    );
    writeFileAtomically(own, editYaml(withSources, ['tokens'], tokens));
  }

  [Symbol.dispose](): void {
    const folder = resolve(this.dir, '..');
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

async function must(run: Run, argv: readonly string[], io: Io): Promise<void> {
  const status = await run(argv, io);
  if (status === 0) return;
  throw new Refusal(
    'ceremony/rehearsal-failed',
    `the practice workspace could not be made: coldsign ${argv.join(' ')} came to exit status ${status}`,
    'what it said stands above; in the real workspace the same would be refused',
  );
}

/** Zones that were released, and still have keys that sign. */
function released({ state, config }: ReadWorkspace): readonly string[] {
  return Object.entries(state.zones).flatMap(([zone, { releases, keys }]) =>
    releases.length > 0 && keys.length > 0 && config.zones[zone]?.mode === 'full' ? [zone] : [],
  );
}

/** New keys for all that the zone has, and the same place in life for each. @returns tag of each key → that of its stand-in */
async function standIn(session: Session, { state }: ReadWorkspace, zone: string): Promise<Map<number, number>> {
  const configured = session.config.zones[zone];
  const { keys = [], roll } = state.zones[zone] ?? {};
  const tags = new Map<number, number>();
  if (configured === undefined) return tags;
  const policy = session.config.policies[configured.policy]!;
  const names = new Map<KeyName, LoggedKey>();
  for (const key of keys) {
    const { role, algorithm } = key;
    const made = await generateZoneKey(session, { zone, role, algorithm, policy });
    names.set(nameOfKey(key), made);
    tags.set(key.keyTag, made.keyTag);
  }
  if (roll !== undefined) session.append('roll.noted', { zone, moves: [], change: changeOf(EMPTY_ROLL, renamed(roll, names)) });
  return tags;
}

/** Wherever a key is named, its stand-in; tags are those of the stand-ins. */
function renamed(roll: ZoneRoll, names: ReadonlyMap<KeyName, LoggedKey>): ZoneRoll {
  const text = JSON.stringify({
    ...roll,
    keys: roll.keys.map((key) => ({ ...key, keyTag: names.get(key.name)?.keyTag ?? key.keyTag })),
  });
  const named = JSON.parse(text, (_, value: unknown) => {
    const key = typeof value === 'string' ? names.get(value) : undefined;
    return key === undefined ? value : nameOfKey(key);
  }) as ZoneRoll;
  return { ...EMPTY_ROLL, ...named };
}
