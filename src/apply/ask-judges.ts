import { Refusal } from '../../signer/errors.ts';
import { judgeJudges, judgeUnsignedJudges } from '../release/gate-rules.ts';
import { JUDGES, type JudgeName, runJudges, UNSIGNED_JUDGES, type Verdict } from '../release/judges.ts';
import { findTool } from '../release/tool.ts';
import type { ZoneContents } from '../release/zone-contents.ts';
import type { JudgeWish } from './apply-config.ts';

export interface JudgedFile {
  readonly file: string;
  readonly origin: string;
  /** Unix seconds. */
  readonly now: number;
  /** `now` is another time than that of this machine: judges that know nothing else are not asked. */
  readonly nowGiven: boolean;
  /** What is in the zone, for the forms of rollovers that a judge does not know; of a zone without signatures: `unsigned`. */
  readonly contents: ZoneContents | 'unsigned';
}

/**
 * Lets the judges that are wished for judge the zone, by the rules of the gate: one that rejects refuses; beyond that as many as agreed must accept, less
 * those that abstain, but one at least.
 * @returns their verdicts; none where none are wished for
 * @throws Refusal release/judges, setup/tool-missing
 */
export async function askJudges(wish: JudgeWish, judged: JudgedFile): Promise<readonly Verdict[]> {
  const wished = wish.names === 'all' ? JUDGES.filter(isInstalled) : wish.names;
  if (wished.length === 0 && wish.names !== 'all') return [];
  const { verdicts, isAgreed, text } = await (judged.contents === 'unsigned'
    ? askAboutUnsigned(wish, wished, judged)
    : askAboutSigned(wish, wished, judged, judged.contents));
  if (isAgreed) return verdicts;
  throw new Refusal(
    'release/judges',
    `the judges do not take ${judged.origin}: ${text}`,
    'do not use the release; keep it, and show the signing side what the judges say',
  );
}

interface Opinion {
  readonly verdicts: readonly Verdict[];
  readonly isAgreed: boolean;
  readonly text: string;
}

async function askAboutSigned(
  wish: JudgeWish,
  wished: readonly JudgeName[],
  { file, origin, now, nowGiven }: JudgedFile,
  contents: ZoneContents,
): Promise<Opinion> {
  const judges = nowGiven ? wished.filter((name) => name !== 'dnssec-verify') : wished;
  const verdicts = judges.length === 0 ? [] : await runJudges({ file, origin, now, judges, contents });
  const needed = wish.agree ?? Math.max(1, judges.length);
  if (judges.length < needed) return { verdicts, isAgreed: false, text: `${needed} must accept, and only ${judges.length} can be asked` };
  const { verdict, text } = judgeJudges(verdicts, { agree: needed, isTimeGiven: nowGiven });
  return { verdicts, isAgreed: verdict === 'pass', text };
}

/** Those that know nothing but signatures are not asked. */
async function askAboutUnsigned(
  wish: JudgeWish,
  wished: readonly JudgeName[],
  { file, origin, now, nowGiven }: JudgedFile,
): Promise<Opinion> {
  const judges = wished.filter((name) => UNSIGNED_JUDGES.includes(name));
  const left = wished.filter((name) => !judges.includes(name));
  const verdicts = judges.length === 0 ? [] : await runJudges({ file, origin, now, judges, isUnsigned: true });
  const asked = { agree: wish.agree ?? Math.max(1, judges.length), isTimeGiven: nowGiven };
  const { verdict, text } = judgeUnsignedJudges(verdicts, left, asked);
  return { verdicts, isAgreed: verdict === 'pass', text };
}

function isInstalled(name: JudgeName): boolean {
  try {
    findTool(name);
    return true;
  } catch {
    return false;
  }
}
