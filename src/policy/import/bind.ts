import { algorithmByNumber, algorithmNumberFromText } from '../../../signer/dnssec/algorithm.ts';
import type { RawPolicy } from '../../config/schema.ts';
import { spanText } from '../../config/span-text.ts';
import { bindSpan } from './foreign-span.ts';
import { importKeys, type SourceKey } from './keys.ts';
import { badImport, parseNamedConf, type Statement } from './named-conf.ts';
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

/**
 * The `dnssec-policy` blocks of a named.conf, as of BIND 9.16 to 9.21.
 * @param only import the policy of this name, and leave the others
 * @throws Refusal policy/bad-import
 */
export function importBind(text: string, file: string, only?: string): PolicyImport {
  const statements = parseNamedConf(text, file);
  const report = emptyReport();
  const blocks = statements.filter(({ words, block }) => words[0] === 'dnssec-policy' && block !== undefined);
  const nameOf = ({ words }: Statement): string => policyName(words[1] ?? '');
  const policies = blocks.filter((block) => only === undefined || nameOf(block) === only).map((block) => importPolicy(block, file, report));
  for (const reference of references(statements, '')) report.dropped.push(reference);
  return { names: blocks.map(nameOf), policies, report };
}

/** What BIND means by the names that it defines itself. */
const BUILTIN: Readonly<Record<string, string>> = {
  default: "BIND's own policy: a CSK of algorithm 13 without end, signatures of 14 days. Make a policy with keys: csk",
  insecure: "BIND's own policy for a zone that becomes unsigned again; here that is a rollover, not a policy",
  none: 'the zone is not signed',
};

function* references(statements: readonly Statement[], within: string): Generator<ImportReport['dropped'][number]> {
  for (const { words, block, line } of statements) {
    const [keyword, value = ''] = words;
    if (keyword === 'dnssec-policy' && block === undefined) {
      const reason = BUILTIN[value] ?? `zones are not imported: coldsign zone add NAME --source FILE --policy ${policyName(value)}`;
      yield { element: `${within}dnssec-policy`, line, value, reason };
    } else if (keyword === 'include') {
      yield { element: `${within}include`, line, value, reason: 'included files are not read: import that file too if it has policies' };
    } else if (block !== undefined && keyword !== 'dnssec-policy') {
      yield* references(block, `${within}${keyword === 'zone' || keyword === 'view' ? `${keyword} ${value} ` : ''}`);
    }
  }
}

function importPolicy({ words, block = [], line }: Statement, file: string, report: ImportReport): ImportedPolicy {
  const builder = policyBuilder(report);
  const source = words[1] ?? '';
  const name = policyName(source);
  const title = { element: `${source} name`, line, value: source };
  if (name === source) builder.carry(title);
  else builder.change(title, `names here are of letters, digits, dots, hyphens: ${name}`);
  for (const statement of block) {
    const [option = '', ...values] = statement.words;
    const from = { element: `${source} ${option}`, line: statement.line, value: values.join(' ') };
    importOption(option, statement, { builder, from, file });
  }
  unwritten(source, line, block, builder);
  return { name, members: builder.members as RawPolicy };
}

interface Context {
  readonly builder: PolicyBuilder;
  readonly from: SourceElement;
  readonly file: string;
}

const SPANS: Readonly<Record<string, keyof RawPolicy>> = {
  'dnskey-ttl': 'dnskey-ttl',
  'max-zone-ttl': 'zone-max-ttl',
  'parent-ds-ttl': 'parent-ds-ttl',
  'parent-propagation-delay': 'parent-propagation-delay',
  'publish-safety': 'publish-safety',
  'retire-safety': 'retire-safety',
  'signatures-jitter': 'signatures-jitter',
  'signatures-refresh': 'signatures-refresh',
  'signatures-validity': 'signatures-validity',
  'signatures-validity-dnskey': 'signatures-validity-dnskey',
  'zone-propagation-delay': 'zone-propagation-delay',
};

const WITHOUT_COUNTERPART: Readonly<Record<string, string>> = {
  'inline-signing': 'the unsigned zone file is never changed here',
  'manual-mode': 'every rollover is started and approved by people here',
  'parent-registration-delay': 'the DS is looked at in the parent zone; nothing is assumed of how long it takes',
  'purge-keys': 'keys stay in the token until somebody destroys them',
};

function importOption(option: string, statement: Statement, context: Context): void {
  const { builder, from, file } = context;
  const knob = SPANS[option];
  const reason = WITHOUT_COUNTERPART[option];
  if (knob !== undefined) importSpan(knob, context);
  else if (reason !== undefined) builder.drop(from, reason);
  else if (option === 'keys') importKeys(keysOf(statement, context), from, builder);
  else if (option === 'nsec3param') importNsec3(statement, context);
  else if (option === 'cds-digest-types') importDigests(statement, context);
  else if (option === 'cdnskey') {
    if (truth(from, file)) builder.carry(from);
    else builder.drop(from, 'CDS and CDNSKEY are published together');
  } else if (option === 'offline-ksk') {
    if (truth(from, file)) builder.drop(from, 'that is said of each zone here: mode: offline-ksk');
    else builder.carry(from);
  } else builder.drop(from, 'not known as an option of dnssec-policy');
}

function importSpan(knob: keyof RawPolicy, { builder, from, file }: Context): void {
  if (from.value === 'unlimited' || (knob === 'zone-max-ttl' && bindSpan(from.value) === 0))
    builder.drop(from, `there must be a bound, for rollovers wait as long: the default of ${knob} holds`);
  else builder.carry(from, knob, spanText(spanOf(from, file)));
}

function spanOf({ value, line, element }: SourceElement, file: string): number {
  const seconds = bindSpan(value);
  if (seconds === undefined) throw badImport(file, line, `${element}: found "${value}", expected a duration of BIND`);
  return seconds;
}

function truth({ value, line, element }: SourceElement, file: string): boolean {
  if (/^(?:yes|true|1)$/i.test(value)) return true;
  if (/^(?:no|false|0)$/i.test(value)) return false;
  throw badImport(file, line, `${element}: found "${value}", expected yes or no`);
}

/** `role [key-directory | key-store NAME] lifetime DURATION algorithm NAME [tag-range A B] [bits];` */
function keysOf({ block = [] }: Statement, { builder, from, file }: Context): readonly SourceKey[] {
  return block.map(({ words, line }): SourceKey => {
    const role = words[0] ?? '';
    const place = (what: string, value: string): SourceElement => ({
      element: `${from.element} ${role}${what === '' ? '' : ` ${what}`}`,
      line,
      value,
    });
    if (role !== 'csk' && role !== 'ksk' && role !== 'zsk') throw badImport(file, line, `found "${role}", expected csk, ksk or zsk`);
    const after = (word: string): string | undefined => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
    if (words.includes('key-directory')) builder.drop(place('key-directory', 'key-directory'), 'keys are in PKCS#11 tokens: tokens:');
    const store = after('key-store');
    if (store !== undefined) builder.drop(place('key-store', store), 'keys are in PKCS#11 tokens: tokens:');
    const range = words.indexOf('tag-range');
    if (range >= 0)
      builder.drop(
        place('tag-range', words.slice(range + 1, range + 3).join(' ')),
        'key tags are chosen when keys are made: key generate --avoid-tag',
      );
    const algorithm = place('algorithm', after('algorithm') ?? '');
    const lifetime = place('lifetime', after('lifetime') ?? 'unlimited');
    const last = words.at(-1)!;
    const bits =
      /^\d+$/.test(last) && words.at(-2) !== 'algorithm' && words.at(-2) !== 'lifetime' && range !== words.length - 3 ? last : undefined;
    return {
      role,
      lifetime: { from: lifetime, seconds: lifetime.value === 'unlimited' ? 0 : spanOf(lifetime, file) },
      algorithm: { from: algorithm, number: algorithmOf(algorithm, file) },
      ...(bits === undefined ? {} : { bits: { from: place('bits', bits), count: Number(bits) } }),
    };
  });
}

/** Short names that BIND takes beside the mnemonics of the registry. */
const BIND_ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ['ECDSA256', 13],
  ['ECDSA384', 14],
]);

function algorithmOf({ value, line, element }: SourceElement, file: string): number {
  const number = BIND_ALGORITHMS.get(value.toUpperCase()) ?? algorithmNumberFromText(value);
  if (number === undefined) throw badImport(file, line, `${element}: found "${value}", expected an algorithm of DNSSEC`);
  return algorithmByNumber(number)?.number ?? number;
}

/** Without the statement BIND signs with NSEC; with it and nothing else, iterations and salt are 0 and none. */
function importNsec3({ words, line }: Statement, { builder, from, file }: Context): void {
  const nsec3: Record<string, unknown> = {};
  const member = (word: string): SourceElement | undefined => {
    const at = words.indexOf(word);
    return at < 0 ? undefined : { element: `${from.element} ${word}`, line, value: words[at + 1] ?? '' };
  };
  const optOut = member('optout');
  const iterations = member('iterations');
  const salt = member('salt-length');
  builder.carry({ ...from, value: '' }, 'nsec3', true);
  if (optOut !== undefined) {
    nsec3['opt-out'] = truth(optOut, file);
    builder.carry(optOut);
  }
  if (iterations !== undefined) {
    if (!/^\d+$/.test(iterations.value))
      throw badImport(file, line, `${iterations.element}: found "${iterations.value}", expected a number`);
    if (Number(iterations.value) > 0) builder.change(iterations, '0 iterations, as RFC 9276 3.1 asks for: the chain is made anew');
    else builder.carry(iterations);
  }
  if (salt?.value === '0') builder.carry(salt);
  else if (salt !== undefined) builder.change(salt, 'no salt, as RFC 9276 3.1 asks for: the chain is made anew');
  if (nsec3['opt-out'] === true) builder.members['nsec3'] = nsec3;
}

function importDigests({ block = [] }: Statement, { builder, from, file }: Context): void {
  const types: number[] = [];
  for (const { words, line } of block) {
    const value = words[0] ?? '';
    const place = { element: from.element, line, value };
    const type = ({ '1': 1, '2': 2, '4': 4, sha1: 1, sha256: 2, sha384: 4 } as const)[value.toLowerCase().replace('-', '')];
    if (type === undefined) throw badImport(file, line, `${from.element}: found "${value}", expected a digest type`);
    if (type === 1) builder.drop(place, 'SHA-1 must not be used (RFC 9905)');
    else {
      types.push(type);
      builder.carry(place);
    }
  }
  if (types.length > 0) builder.members['cds-digest-types'] = types;
}

/** What BIND does where nothing is written, and coldsign does not. */
function unwritten(source: string, line: number, block: readonly Statement[], builder: PolicyBuilder): void {
  const isWritten = (option: string): boolean => block.some(({ words }) => words[0] === option);
  const implied = (option: string): SourceElement => ({ element: `${source} ${option}`, line: 0, value: `not written at line ${line}` });
  if (!isWritten('keys')) builder.change(implied('keys'), 'BIND takes a CSK of algorithm 13 without end then', 'keys', 'csk');
  for (const knob of ['signatures-validity', 'signatures-validity-dnskey'] as const)
    if (!isWritten(knob))
      builder.change(
        implied(knob),
        'BIND takes 14 days; auto is 14 days, or longer where SOA expire and the visits ask for it',
        knob,
        'auto',
      );
  builder.change(implied('cds'), 'BIND keeps CDS and CDNSKEY in the zone', 'cds-cdnskey-publish', 'always');
}
