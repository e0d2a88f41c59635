import { keyToDestroy } from '../../../src/keys/destroy-key.ts';
import { withRoleTokens } from '../../../src/keys/role-tokens.ts';
import { withSession } from '../../../src/workspace/session.ts';
import { tagOf } from './settled.ts';
import { type RollStage, ZONE } from './stage.ts';

/** Somebody takes the key off its token, and the log knows nothing of it. @returns its tag */
export async function loseKey(stage: RollStage, role: 'ksk' | 'zsk'): Promise<number> {
  const tag = tagOf(stage, role);
  const io = { out: { write: () => true }, err: { write: () => true } as unknown as NodeJS.WriteStream };
  await withSession({ dir: stage.workspace.dir, command: 'status', now: stage.now, nowGiven: true }, io, async (session) => {
    const key = session.state.zones[ZONE]!.keys.find(({ keyTag }) => keyTag === tag)!;
    await withRoleTokens(session, role, async ([keystore]) => {
      await keystore!.destroyKey(keyToDestroy(key));
    });
    return 0;
  });
  return tag;
}
