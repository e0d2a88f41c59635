import { DAY, type RollStage, signedWorkspace, ZONE } from './stage.ts';

export const REASON = ['--reason', 'as it was agreed'];

/** A workspace whose zone is signed, published and secure, with no rollover under way. */
export async function secureWorkspace(config?: (text: string) => string): Promise<RollStage> {
  const stage = await signedWorkspace(config);
  await stage.published();
  await later(stage);
  await stage.dsSeen(stage.roll.parent.request!.keys);
  await later(stage);
  if (stage.roll.roll !== undefined) throw new Error(`the first signing is not over: ${stage.vectors.join()}`);
  return stage;
}

/** Everything that was decided is on all servers, of zone and parent, and caches have had their time. */
export async function seen(stage: RollStage, days = 2): Promise<void> {
  const { request, observed } = stage.roll.parent;
  const isOld = observed.kind === 'settled' && [...observed.keys].sort().join() === [...(request?.keys ?? [])].sort().join();
  if (request !== undefined && !isOld) await stage.publishedWithDs(request.keys);
  else await stage.published();
  await later(stage, days);
}

/** `roll advance` after some days. */
export async function later(stage: RollStage, days = 2): Promise<void> {
  stage.now += days * DAY;
  await stage.must('roll', 'advance', '--zone', ZONE);
}

/** Until the rollover under way is over. */
export async function toTheEnd(stage: RollStage, days = 2): Promise<void> {
  await stage.must('roll', 'advance', '--zone', ZONE);
  for (let i = 0; stage.roll.roll !== undefined; i++) {
    if (i === 12) throw new Error(`no end: ${stage.vectors.join()}\n${(await stage.must('roll', 'status')).out}`);
    await seen(stage, days);
  }
}

/** Keys of the RRSIGs over a type, by tag, in the newest release. */
export function signersOf(stage: RollStage, type: string): readonly number[] {
  const found = stage.zoneFile().matchAll(new RegExp(`\\sRRSIG\\s+${type} \\d+ \\d+ \\d+ \\d+ \\d+ (\\d+) `, 'g'));
  return [...new Set([...found].map(([, tag]) => Number(tag)))].sort((a, b) => a - b);
}

export const tagOf = (stage: RollStage, role: 'ksk' | 'zsk', at = 0): number =>
  stage.roll.keys.filter((key) => key.role === role && key.operator === 'self').at(at)!.keyTag;
