import { Refusal } from '../../signer/errors.ts';
import { JUDGES, type JudgeName, runJudges, type Verdict } from '../release/judges.ts';
import { findTool } from '../release/tool.ts';
import type { JudgeWish } from './apply-config.ts';

export interface JudgedFile {
  readonly file: string;
  readonly origin: string;
  /** Unix seconds. */
  readonly now: number;
  /** `now` is another time than that of this machine: judges that know nothing else are not asked. */
  readonly nowGiven: boolean;
}

/**
 * Lets the judges that are wished for judge the zone. One that rejects refuses; beyond that as many as agreed must accept.
 * @returns their verdicts; none where none are wished for
 * @throws Refusal release/judges, setup/tool-missing
 */
export async function askJudges(wish: JudgeWish, { file, origin, now, nowGiven }: JudgedFile): Promise<readonly Verdict[]> {
  const wished = wish.names === 'all' ? JUDGES.filter(isInstalled) : wish.names;
  if (wished.length === 0 && wish.names !== 'all') return [];
  const judges = nowGiven ? wished.filter((name) => name !== 'dnssec-verify') : wished;
  const verdicts = judges.length === 0 ? [] : await runJudges({ file, origin, now, judges });
  const rejecting = verdicts.filter(({ verdict }) => verdict === 'reject');
  const accepting = verdicts.filter(({ verdict }) => verdict === 'accept');
  const needed = wish.agree ?? Math.max(1, judges.length);
  if (rejecting.length === 0 && accepting.length >= needed) return verdicts;
  throw new Refusal(
    'release/judges',
    `${accepting.length} of ${judges.length} judges accept ${origin}, ${needed} must and none may reject${verdicts.map(sentence).join('')}`,
    'do not use the release; keep it, and show the signing side what the judges say',
  );
}

function isInstalled(name: JudgeName): boolean {
  try {
    findTool(name);
    return true;
  } catch {
    return false;
  }
}

const sentence = ({ judge, version, verdict, text }: Verdict): string =>
  verdict === 'accept' ? '' : `\n  ${judge} ${version}: ${verdict}: ${text.split('\n').at(-1)}`;
