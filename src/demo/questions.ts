import type * as dnsPacket from 'dns-packet';
import type { Reply } from './dns-client.ts';

export interface Question {
  readonly name: string;
  readonly type: string;
  readonly why: string;
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL';
  readonly ad: boolean;
  readonly data: 'answer' | 'nothing';
}

const ZONE = 'meridian.example.';

/** One of each kind of answer that a validating resolver must prove in its own way. */
export const QUESTIONS: readonly Question[] = [
  positive('www', 'A', 'an address'),
  positive('_25._tcp.mx1', 'TLSA', 'a certificate binding for mail'),
  positive('acme.customers', 'A', 'made from the wildcard *.customers'),
  { name: `www.${ZONE}`, type: 'CAA', why: 'the name is there, the type is not', rcode: 'NOERROR', ad: true, data: 'nothing' },
  { name: `deep.tree.${ZONE}`, type: 'A', why: 'an empty non-terminal', rcode: 'NOERROR', ad: true, data: 'nothing' },
  { name: `absent.${ZONE}`, type: 'A', why: 'no such name', rcode: 'NXDOMAIN', ad: true, data: 'nothing' },
  positive('lab.research', 'A', 'in the child zone, over its DS'),
  { name: `branch.${ZONE}`, type: 'DS', why: 'proof that branch is not signed', rcode: 'NOERROR', ad: true, data: 'nothing' },
  { name: `office.branch.${ZONE}`, type: 'A', why: 'in the unsigned child zone', rcode: 'NOERROR', ad: false, data: 'answer' },
];

/** To the zone in which one address was changed after signing. */
export const TAMPERED_QUESTIONS: readonly Question[] = [
  { name: `www.${ZONE}`, type: 'A', why: 'the changed address', rcode: 'SERVFAIL', ad: false, data: 'nothing' },
  positive('mx1', 'A', 'not touched'),
];

function positive(name: string, type: string, why: string): Question {
  return { name: `${name}.${ZONE}`, type, why, rcode: 'NOERROR', ad: true, data: 'answer' };
}

export function isAsExpected(question: Question, reply: Reply): boolean {
  const answered = reply.answers.some((answer) => answer.type === question.type);
  return reply.rcode === question.rcode && reply.ad === question.ad && answered === (question.data === 'answer');
}

/** `NOERROR AD 192.0.2.80`: what the resolver said, in one cell. */
export function describeReply(question: Question, reply: Reply): string {
  const data = reply.answers
    .filter((answer) => answer.type === question.type)
    .map((answer) => describeData('data' in answer ? answer.data : ''));
  return [reply.rcode, reply.ad ? 'AD' : '--', data.join(' ')].join(' ').trimEnd();
}

function describeData(data: unknown): string {
  if (typeof data === 'string') return data;
  if (typeof data !== 'object' || data === null || !('certificate' in data)) return '(data)';
  const { usage, selector, matchingType, certificate } = data as dnsPacket.TlsaData;
  return `${usage} ${selector} ${matchingType} ${certificate.toString('hex').slice(0, 12)}…`;
}
