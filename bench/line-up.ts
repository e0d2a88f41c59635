import type { Case } from './cases.ts';
import { coldsign } from './coldsign.ts';
import type { Contender } from './contender.ts';
import { dnssecSignzone, kzonesign, ldnsSignzone } from './peers.ts';
import type { Token } from './token.ts';

/**
 * Who takes part in a case, the one that ratios refer to first.
 *
 * Threads are those with which each is fastest on two cores: a second thread makes kzonesign slower on SoftHSM.
 * - Signing again: ldns-signzone keeps no signature, and dnssec-signzone's own check would only add to what it does anyway.
 * - The large zone: the two that matter, for its runs are long.
 * @param program path of the built coldsign; without it the peers alone
 */
export function lineUp(bench: Case, token: Token, program?: string): Contender[] {
  const knot = kzonesign('kzonesign, PKCS#11, 1 thread', 1, token);
  const knotFiles = kzonesign('kzonesign, key files, 2 threads', 2);
  const bind = dnssecSignzone('dnssec-signzone -P, key files, 2 threads', 2, false);
  const bindChecked = dnssecSignzone('dnssec-signzone with its check, key files, 2 threads', 2, true);
  const ldns = ldnsSignzone('ldns-signzone, key files');
  const ours =
    program === undefined
      ? []
      : [
          coldsign('coldsign, PKCS#11, every signature verified', program, token, true),
          coldsign('coldsign, PKCS#11, verification off', program, token, false),
        ];
  switch (bench.group) {
    case 'resign':
      return [knot, knotFiles, bind, ...ours];
    case 'large':
      return [knot, ...ours];
    case 'portfolio':
      return [knot, knotFiles, bind, bindChecked, ldns, ...ours.slice(0, 1)];
    default:
      return [knot, knotFiles, bind, bindChecked, ldns, ...ours];
  }
}
