import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';
import { editConfig, hasPolicy } from '../config/edit-config.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { Io } from '../io.ts';
import { importBind } from '../policy/import/bind.ts';
import { importKasp } from '../policy/import/kasp.ts';
import type { ImportedPolicy, ImportItem, ImportReport, PolicyImport } from '../policy/import/report.ts';
import { writeFileAtomically } from '../workspace/atomic-file.ts';
import { readConfigFile, readText } from '../workspace/config-file.ts';
import { findWorkspace } from '../workspace/find.ts';
import { WorkspaceLock } from '../workspace/lock.ts';
import { workspacePaths } from '../workspace/paths.ts';

export interface PolicyImportOptions {
  readonly dir?: string;
  /** named.conf, or a part of it. */
  readonly bind?: string;
  /** kasp.xml. */
  readonly opendnssec?: string;
  /** Only the policy of this name. */
  readonly name?: string;
  /** Name that the policy gets here. */
  readonly rename?: string;
  /** A policy that coldsign.yaml has under the name may be replaced. */
  readonly replace: boolean;
  /** Report, and change nothing. */
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** `policy import`: a file of BIND or OpenDNSSEC → policies in coldsign.yaml, and a report of what became of every element. */
export function policyImport(options: PolicyImportOptions, io: Io): number {
  const { bind, opendnssec } = options;
  if ((bind === undefined) === (opendnssec === undefined))
    throw new Refusal(
      'usage/policy-source',
      `${bind === undefined ? 'neither' : 'both'} of --bind and --opendnssec given`,
      'give one of them',
    );
  const file = bind ?? opendnssec!;
  const imported = (bind === undefined ? importKasp : importBind)(readText(file), file, options.name);
  const policies = selected(imported, file, options);
  const paths = workspacePaths(findWorkspace(options.dir));
  if (options.dryRun) put(policies, options);
  else {
    using _lock = new WorkspaceLock(paths.lock, 'policy import');
    writeFileAtomically(paths.config, put(policies, options));
  }
  const { report } = imported;
  if (options.json) io.out.write(`${JSON.stringify({ format: 1, policies, report }, undefined, 2)}\n`);
  else io.out.write(importText(policies, report, options.dryRun));
  return 0;
}

function selected({ names, policies }: PolicyImport, file: string, { name, rename }: PolicyImportOptions): readonly ImportedPolicy[] {
  if (names.length === 0) {
    const hint = 'give the file with the dnssec-policy blocks, or kasp.xml';
    throw new Refusal('policy/none-in-file', `${file} defines no policy`, hint);
  }
  if (policies.length === 0) {
    const near = nearest(name!, names);
    const hint = near === undefined ? 'name one of these' : `did you mean ${near}?`;
    throw new Refusal('policy/unknown', `${file} has no policy ${name}; it has ${names.join(', ')}`, hint);
  }
  if (rename === undefined) return policies;
  if (policies.length === 1) return [{ ...policies[0]!, name: rename }];
  throw new Refusal(
    'usage/policy-rename',
    `--rename ${rename} is one name for ${policies.length} policies`,
    'choose one of them with --name',
  );
}

/** The text of coldsign.yaml with the policies in it; it is good, or this throws. */
function put(policies: readonly ImportedPolicy[], { dir, replace }: PolicyImportOptions): string {
  const { path, text } = readConfigFile(dir);
  let edited = text;
  const names = policies.map(({ name }) => name);
  for (const [i, { name, members }] of policies.entries()) {
    if (names.indexOf(name) < i)
      throw new Refusal(
        'policy/exists',
        `two policies of the file would have the name ${name} here`,
        'take the file in twice, with --name and --rename',
      );
    if (!replace && hasPolicy(edited, name))
      throw new Refusal('policy/exists', `${path} has a policy ${name}`, 'give another name with --rename, or add --replace');
    edited = editConfig(edited, { kind: 'set-policy', name, members });
  }
  parseConfig(edited, path, findWorkspace(dir));
  return edited;
}

function importText(policies: readonly ImportedPolicy[], report: ImportReport, isDry: boolean): string {
  const names = policies.map(({ name }) => name).join(', ');
  const lists = [
    ['carried over', report.carried],
    ['changed', report.changed],
    ['dropped', report.dropped],
  ] as const;
  const sections = lists.filter(([, items]) => items.length > 0).map(([title, items]) => `${title}:\n${items.map(itemLine).join('')}`);
  const next = isDry ? 'nothing was written' : 'written to coldsign.yaml; next: coldsign policy check, then coldsign policy apply';
  return `${sections.join('\n')}\n${policies.length === 1 ? 'policy' : 'policies'} ${names}: ${next}\n`;
}

function itemLine({ element, line, value, becomes, reason }: ImportItem): string {
  const parts = [
    value === '' ? '' : ` ${value}`,
    becomes === undefined ? '' : ` -> ${becomes}`,
    reason === undefined ? '' : ` (${reason})`,
  ];
  return `  ${line === 0 ? '' : `${line}: `}${element}${parts.join('')}\n`;
}
