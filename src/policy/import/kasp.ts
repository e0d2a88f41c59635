import { algorithmByNumber } from '../../../signer/dnssec/algorithm.ts';
import type { RawPolicy } from '../../config/schema.ts';
import { spanText } from '../../config/span-text.ts';
import { isoSpan } from './foreign-span.ts';
import { importKeys, type SourceKey } from './keys.ts';
import { badImport } from './named-conf.ts';
import {
  emptyReport,
  type ImportedPolicy,
  type ImportReport,
  type PolicyBuilder,
  type PolicyImport,
  policyBuilder,
  policyName,
  type SourceElement,
} from './report.ts';
import { parseXml, type XmlElement } from './xml-tree.ts';

/**
 * Policies of a kasp.xml of OpenDNSSEC 1.4 and 2.1. A month is 31 days and a year 365 there.
 * @param only import the policy of this name, and leave the others
 * @throws Refusal policy/bad-import
 */
export function importKasp(text: string, file: string, only?: string): PolicyImport {
  const root = parseXml(text, file);
  if (root.name !== 'KASP') throw badImport(file, root.line, `found the element ${root.name}, expected KASP`);
  const report = emptyReport();
  const found = root.children.filter(({ name }) => name === 'Policy');
  const nameOf = ({ attributes }: XmlElement): string => policyName(attributes['name'] ?? '');
  const policies = found
    .filter((policy) => only === undefined || nameOf(policy) === only)
    .map((policy) => importPolicy(policy, file, report));
  for (const { name, line, text: value } of root.children.filter((child) => !found.includes(child)))
    report.dropped.push({ element: `KASP/${name}`, line, value, reason: 'not known in kasp.xml' });
  return { names: found.map(nameOf), policies, report };
}

function importPolicy(policy: XmlElement, file: string, report: ImportReport): ImportedPolicy {
  const builder = policyBuilder(report);
  const source = policy.attributes['name'] ?? '';
  const name = policyName(source);
  const from = { element: `${source} @name`, line: policy.line, value: source };
  if (name === source) builder.carry(from);
  else builder.change(from, `names here are of letters, digits, dots, hyphens: ${name}`);
  const keys: SourceKey[] = [];
  const context: Context = { builder, file, policy, keys };
  for (const leaf of leavesOf(policy, source, [])) importLeaf(leaf, context);
  unwritten(source, policy.line, builder);
  if (keys.length > 0) {
    const place = policy.children.find((child) => child.name === 'Keys')!;
    importKeys(keys, { element: `${source} Keys`, line: place.line, value: '' }, builder);
  }
  return { name, members: builder.members as RawPolicy };
}

/** What OpenDNSSEC does where nothing is written, and coldsign does not. */
function unwritten(source: string, line: number, builder: PolicyBuilder): void {
  const validity = builder.members['signatures-validity'];
  if (validity === undefined || builder.members['signatures-validity-dnskey'] !== undefined) return;
  const from = { element: `${source} Signatures/Validity/Keyset`, line: 0, value: `not written at line ${line}` };
  builder.change(from, 'OpenDNSSEC takes Default then', 'signatures-validity-dnskey', validity);
}

interface Leaf {
  readonly path: string;
  readonly from: SourceElement;
  readonly node: XmlElement;
}

/** KSK, ZSK and CSK are one leaf each, for what is in them belongs together. */
function* leavesOf(element: XmlElement, source: string, path: readonly string[]): Generator<Leaf> {
  for (const child of element.children) {
    const inner = [...path, child.name];
    const isKey = path[0] === 'Keys' && path.length === 1 && /^[KZC]SK$/.test(child.name);
    if (child.children.length > 0 && !isKey) yield* leavesOf(child, source, inner);
    else
      yield { path: inner.join('/'), from: { element: `${source} ${inner.join('/')}`, line: child.line, value: child.text }, node: child };
  }
}

interface Context {
  readonly builder: PolicyBuilder;
  readonly file: string;
  readonly policy: XmlElement;
  readonly keys: SourceKey[];
}

const SPANS: Readonly<Record<string, keyof RawPolicy>> = {
  'Signatures/Validity/Default': 'signatures-validity',
  'Signatures/Validity/Keyset': 'signatures-validity-dnskey',
  'Signatures/InceptionOffset': 'inception-offset',
  'Signatures/MaxZoneTTL': 'zone-max-ttl',
  'Keys/TTL': 'dnskey-ttl',
  'Keys/RetireSafety': 'retire-safety',
  'Keys/PublishSafety': 'publish-safety',
  'Zone/PropagationDelay': 'zone-propagation-delay',
  'Parent/PropagationDelay': 'parent-propagation-delay',
  'Parent/DS/TTL': 'parent-ds-ttl',
};

const DROPPED: Readonly<Record<string, string>> = {
  Description: 'write it as a comment',
  Passthrough: 'leave the zone out: nothing is passed through unsigned',
  'Signatures/Resign': 'zones are signed at visits: ceremony-interval says how far apart they are',
  'Denial/NSEC3/TTL': 'the TTL follows the SOA (RFC 9077)',
  'Denial/NSEC3/Resalt': 'there is no salt (RFC 9276 3.1)',
  'Keys/ShareKeys': 'each zone has keys of its own',
  'Keys/Purge': 'keys stay in the token until somebody destroys them',
  'Zone/SOA/TTL': 'the SOA of the zone file is taken as it is',
  'Zone/SOA/Minimum': 'the SOA of the zone file is taken as it is',
  'Parent/RegistrationDelay': 'the DS is looked at in the parent zone; nothing is assumed of how long it takes',
  'Parent/SOA/TTL': 'the DS and its TTL are what counts in the parent zone',
  'Parent/SOA/Minimum': 'the DS and its TTL are what counts in the parent zone',
};

const SERIALS: Readonly<Record<string, RawPolicy['serial-policy']>> = {
  counter: 'increment',
  datecounter: 'date',
  unixtime: 'unixtime',
  keep: 'keep',
};

function importLeaf({ path, from, node }: Leaf, context: Context): void {
  const { builder, file } = context;
  const span = SPANS[path];
  const dropped = DROPPED[path];
  if (span !== undefined) builder.carry(from, span, spanText(spanOf(from, file)));
  else if (dropped !== undefined) builder.drop(from, dropped);
  else if (path === 'Signatures/Refresh') importRefresh(from, context);
  else if (path === 'Signatures/Jitter')
    builder.change(
      from,
      'OpenDNSSEC spreads to both sides of the end of the validity, coldsign before it only',
      'signatures-jitter',
      spanText(spanOf(from, file)),
    );
  else if (path === 'Signatures/Validity/Denial') importDenialValidity(from, context);
  else if (path.startsWith('Denial/')) importDenial(path, from, node, context);
  else if (/^Keys\/[KZC]SK$/.test(path)) importKeyElement(node, from, context);
  else if (path === 'Zone/SOA/Serial') {
    const serial = SERIALS[from.value];
    if (serial === undefined)
      throw badImport(file, from.line, `${from.element}: found "${from.value}", expected ${Object.keys(SERIALS).join(', ')}`);
    builder.carry(from, 'serial-policy', serial);
  } else builder.drop(from, 'not known in kasp.xml');
}

function spanOf({ element, line, value }: SourceElement, file: string): number {
  const seconds = isoSpan(value);
  if (seconds === undefined) throw badImport(file, line, `${element}: found "${value}", expected a duration like P14D or PT1H`);
  return seconds;
}

function importRefresh(from: SourceElement, { builder, file }: Context): void {
  const seconds = spanOf(from, file);
  if (seconds > 0) builder.carry(from, 'signatures-refresh', spanText(seconds));
  else builder.drop(from, '0 makes every signature anew each time; here good ones are kept, and the default holds');
}

function importDenialValidity(from: SourceElement, { builder, file, policy }: Context): void {
  const other = policy.children
    .find(({ name }) => name === 'Signatures')
    ?.children.find(({ name }) => name === 'Validity')
    ?.children.find(({ name }) => name === 'Default');
  if (other !== undefined && isoSpan(other.text) === spanOf(from, file)) builder.carry(from);
  else builder.drop(from, 'NSEC and NSEC3 have the validity of the other data: signatures-validity');
}

/** Elements of the denial of existence; where RFC 9276 3.1 asks for another value than is written, what is done. */
const DENIAL: Readonly<Record<string, { readonly advised: string; readonly instead: string } | undefined>> = {
  'Denial/NSEC': { advised: '', instead: '' },
  'Denial/NSEC3': { advised: '', instead: '' },
  'Denial/NSEC3/OptOut': { advised: '', instead: '' },
  'Denial/NSEC3/Hash/Algorithm': { advised: '1', instead: 'SHA-1 is the only hash of NSEC3 (RFC 5155 11)' },
  'Denial/NSEC3/Hash/Iterations': { advised: '0', instead: '0 iterations, as RFC 9276 3.1 asks for: the chain is made anew' },
  'Denial/NSEC3/Hash/Salt': { advised: '0', instead: 'no salt, as RFC 9276 3.1 asks for: the chain is made anew' },
};

function importDenial(path: string, from: SourceElement, node: XmlElement, { builder }: Context): void {
  const known = DENIAL[path];
  if (known === undefined) {
    builder.drop(from, 'not known in kasp.xml');
    return;
  }
  const isOptOut = path === 'Denial/NSEC3/OptOut' || typeof builder.members['nsec3'] === 'object';
  const nsec3 = isOptOut ? { 'opt-out': true } : path !== 'Denial/NSEC';
  const written = { ...from, value: node.attributes['length'] ?? from.value };
  if (written.value === known.advised) builder.carry(written, 'nsec3', nsec3);
  else builder.change(written, known.instead, 'nsec3', nsec3);
}

const KEY_DROPPED: Readonly<Record<string, string>> = {
  Repository: 'tokens are the same for all policies: tokens:',
  Standby: 'standby keys are made by hand',
  ManualRollover: 'every rollover is started by people here',
};

/** The methods of rollover that are used here. */
const ROLL_TYPES: Readonly<Record<string, string>> = {
  KskRollType: 'KskDoubleSignature',
  ZskRollType: 'ZskPrePublication',
  CskRollType: 'CskPrePublication',
};

function importKeyElement(node: XmlElement, from: SourceElement, { builder, file, keys }: Context): void {
  const role = node.name.toLowerCase() as SourceKey['role'];
  const place = (child: XmlElement): SourceElement => ({ element: `${from.element}/${child.name}`, line: child.line, value: child.text });
  const algorithm = node.children.find(({ name }) => name === 'Algorithm');
  const lifetime = node.children.find(({ name }) => name === 'Lifetime');
  if (algorithm === undefined || lifetime === undefined)
    throw badImport(file, node.line, `${from.element} has no Algorithm, or no Lifetime`);
  const number = /^\d{1,3}$/.test(algorithm.text) ? Number(algorithm.text) : Number.NaN;
  if (algorithmByNumber(number) === undefined)
    throw badImport(file, algorithm.line, `found "${algorithm.text}", expected the number of a DNSSEC algorithm`);
  const bits = algorithm.attributes['length'];
  keys.push({
    role,
    lifetime: { from: place(lifetime), seconds: spanOf(place(lifetime), file) },
    algorithm: { from: place(algorithm), number },
    ...(bits === undefined
      ? {}
      : { bits: { from: { ...place(algorithm), element: `${place(algorithm).element}@length`, value: bits }, count: Number(bits) } }),
  });
  for (const child of node.children) {
    if (child === algorithm || child === lifetime) continue;
    const reason = KEY_DROPPED[child.name];
    const method = ROLL_TYPES[child.name];
    if (reason !== undefined) builder.drop(place(child), reason);
    else if (method === undefined) builder.drop(place(child), 'not known in kasp.xml');
    else if (child.text === method) builder.carry(place(child));
    else builder.drop(place(child), `the method is chosen when a rollover is started; the usual one is ${method}`);
  }
}
