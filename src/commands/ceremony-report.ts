import type { Command } from 'commander';
import { collectReport } from '../ceremony/report/collect.ts';
import { reportHtml } from '../ceremony/report/html.ts';
import { scriptOfCeremony } from '../ceremony/report/parsed.ts';
import { reportText } from '../ceremony/report/text.ts';
import type { Io } from '../io.ts';
import { AtomicFile } from '../workspace/atomic-file.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import { findCeremony } from './ceremony-show.ts';
import { toJson } from './token-access.ts';

export interface CeremonyReportOptions {
  /** Of the ceremony, or the beginning of it. */
  readonly id: string;
  /** File for the page; absent: text is printed. */
  readonly html?: string;
  readonly dir?: string;
  readonly json: boolean;
  readonly program: Command;
}

/** `ceremony report`: log and script → what was done, by whom and when, on one page that can be printed. */
export async function ceremonyReport({ id, html, dir, json, program }: CeremonyReportOptions, io: Io): Promise<number> {
  const workspace = readSealedWorkspace(dir);
  const ceremony = findCeremony(workspace.state.ceremonies, id);
  const report = collectReport(workspace, ceremony, scriptOfCeremony(ceremony, workspace.artifacts, program));
  if (html !== undefined) {
    using file = new AtomicFile(html);
    file.write(Buffer.from(await reportHtml(report)));
    file.commit();
  }
  if (json) io.out.write(toJson(report));
  else if (html === undefined) io.out.write(reportText(report));
  return 0;
}
