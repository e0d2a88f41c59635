import { createHash } from 'node:crypto';
import { parseName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedRelease } from '../audit/entry.ts';
import { makeCatalog } from '../catalog/catalog-zone.ts';
import { catalogMembers } from '../catalog/members.ts';
import { isoText } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import { writeCatalogBundle } from '../release/bundle.ts';
import { clearStaging, publishRelease, stagingFolder } from '../release/release-folder.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface ReleaseCatalogOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly json: boolean;
}

/** `release catalog`: the zones that have a release → catalog zone (RFC 9432) → release. The same members make no new release. */
export async function releaseCatalog(options: ReleaseCatalogOptions, io: Io): Promise<number> {
  return withSession({ ...options, command: 'release catalog' }, io, async (session) => {
    const draft = draftCatalog(session);
    const { zone, previous, digest, members } = draft;
    const isNew = previous?.policy !== digest;
    const folder = isNew ? await publishCatalog(session, draft) : undefined;
    const serial = isNew ? draft.serial : previous.serial;
    const told = isNew ? `released into ${folder}` : 'is current: the members are the same';
    io.out.write(
      options.json
        ? `${JSON.stringify({ zone, serial, members: members.length, isNew, ...(folder === undefined ? {} : { folder }) }, undefined, 2)}\n`
        : `${zone} serial ${serial} with ${members.length} ${members.length === 1 ? 'member' : 'members'} ${told}\n`,
    );
    return 0;
  });
}

interface CatalogDraft {
  readonly zone: string;
  readonly serial: number;
  readonly members: ReturnType<typeof catalogMembers>;
  /** sha256 over the catalog apart from its serial, hexadecimal. */
  readonly digest: string;
  readonly previous: LoggedRelease | undefined;
}

function draftCatalog({ config, state }: Session): CatalogDraft {
  if (config.catalog === undefined) {
    throw new Refusal(
      'policy/no-catalog',
      'the configuration in force names no catalog zone',
      'write catalog: { zone: catalog.example., group-by: group } in coldsign.yaml and run coldsign policy apply',
    );
  }
  const { zone } = config.catalog;
  const released = Object.keys(state.zones).filter((name) => name !== zone && state.zones[name]!.releases.length > 0);
  const members = catalogMembers(config, released);
  const digest = createHash('sha256')
    .update(makeCatalog({ zone, serial: 0, members }))
    .digest('hex');
  const previous = state.zones[zone]?.releases.at(-1);
  return { zone, serial: ((previous?.serial ?? 0) + 1) >>> 0 || 1, members, digest, previous };
}

async function publishCatalog(session: Session, { zone, serial, members, digest, previous }: CatalogDraft): Promise<string> {
  const apex = parseName(zone);
  const staging = stagingFolder(session.paths, apex, serial);
  try {
    const text = makeCatalog({ zone, serial, members });
    const head = {
      apex,
      zone,
      serial,
      created: isoText(session.now),
      mode: session.state.mode,
      log: session.log.size,
      previous: previous === undefined ? undefined : { serial: previous.serial, sha256: previous.manifest },
    };
    const { manifest, sha256 } = await writeCatalogBundle(staging, head, text, session.signer);
    session.artifacts.put(new TextEncoder().encode(manifest), 'MANIFEST');
    const verdicts = [{ rule: 'catalog', verdict: 'pass' as const, text: `${members.length} members, all with a release` }];
    const release: LoggedRelease = {
      kind: 'catalog',
      zone,
      serial,
      manifest: sha256,
      signed: createHash('sha256').update(text).digest('hex'),
      input: [],
      validFrom: head.created,
      validUntil: 'unsigned',
      refreshAt: 'unsigned',
      keyTags: [],
      policy: digest,
      records: text.trimEnd().split('\n').length - 1,
    };
    const intent = session.appendAll([
      ['gate.passed', { zone, serial, verdicts }],
      ['release.intent', { release, folder: `${zone} ${serial}` }],
    ]);
    const folder = publishRelease(session.paths, apex, serial, staging);
    session.append('release.result', { intent, zone, serial });
    return folder;
  } finally {
    clearStaging(session.paths, apex, serial);
  }
}
