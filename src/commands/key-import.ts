import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import { type Io, note } from '../io.ts';
import { adoptKeys } from '../keys/adopt.ts';
import { type ClaimFormat, readClaims } from '../keys/claims/read-claims.ts';
import { dsLines } from '../print/ds-lines.ts';
import { checkedReason } from '../release/reason.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface KeyImportOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone: string;
  /** Files or folders of the program that has made the keys. */
  readonly sources: readonly { readonly path: string; readonly format: ClaimFormat }[];
  readonly role?: KeyRole;
  readonly acceptExtractable: boolean;
  readonly reason?: string;
  readonly json: boolean;
}

/** `key import`: what another program says of its keys → the keys of the tokens by public key → proved → log. The tokens are not changed. */
export async function keyImport(options: KeyImportOptions, io: Io): Promise<number> {
  const accepted = acceptedReason(options);
  refuseNoSource(options);
  return withSession({ ...options, command: 'key import' }, io, async (session) => {
    const zone = zoneOf(session.config, options.zone);
    const policy = session.config.policies[zone.policy]!;
    const claims = options.sources.flatMap(({ path, format }) => readClaims(path, zone.name, format));
    const adopted = await adoptKeys(session, {
      zone: zone.name,
      claims,
      model: policy.keys,
      ...(options.role === undefined ? {} : { role: options.role }),
      ...(accepted === undefined ? {} : { acceptExtractable: accepted }),
    });
    if (adopted.length === 0) note(io, 'no key was imported: the log has all of them');
    for (const { keyTag, algorithm } of adopted) {
      if (algorithm !== policy.algorithm)
        note(
          io,
          `warning: key ${keyTag} has the algorithm ${algorithmLabel(algorithm)}, the policy ${policy.name} ${algorithmLabel(policy.algorithm)}`,
        );
    }
    io.out.write(options.json ? `${JSON.stringify(adopted, undefined, 2)}\n` : adopted.map(keyText).join(''));
    return 0;
  });
}

function acceptedReason({ acceptExtractable, reason }: KeyImportOptions): string | undefined {
  if (acceptExtractable) return checkedReason(reason, 'adopting keys that could have left their token');
  if (reason === undefined) return undefined;
  throw new Refusal('usage/import-what', '--reason is given without --accept-extractable', 'a reason is only asked for with that option');
}

function refuseNoSource({ sources, zone }: KeyImportOptions): void {
  if (sources.length > 0) return;
  throw new Refusal(
    'usage/import-what',
    `neither --from nor --dnskey is given: nothing says which keys of the token are those of ${zone}`,
    'give --from with a file or folder of the program that has made them, or --dnskey with their DNSKEY records',
  );
}

function keyText(key: LoggedKey): string {
  const id = key.id === '' ? 'no CKA_ID' : `CKA_ID ${key.id}`;
  const head = `${key.zone} ${key.role.toUpperCase()} ${key.keyTag} ${algorithmLabel(key.algorithm)}, ${id}, "${key.label}"\n`;
  if (key.role === 'zsk') return head;
  const lines = dsLines(key).map((line) => `  ${line}\n`);
  return `${head}${lines.join('')}`;
}
