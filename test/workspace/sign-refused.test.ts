import { execFileSync } from 'node:child_process';
import { appendFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modulePathOf, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { repairTokenFolder } from '../../softhsm/token.ts';
import { parseNote } from '../../src/audit/note.ts';
import { policyLoaded } from '../../src/workspace/policy-entry.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { withSession } from '../../src/workspace/session.ts';
import { NODE } from '../support/cli.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../support/workspace.ts';
import { expectRefused, expectUnchanged, gateWith, logged, Stage, stateOf } from './stage.ts';

const EXCHANGE_KEY = fileURLToPath(new URL('./exchange-key.ts', import.meta.url));
const HOSTS = Array.from({ length: 40 }, (_, i) => `h${i}.example. IN A 198.51.100.${i + 1}\n`).join('');
const ZONE = `${EXAMPLE_ZONE}${HOSTS}`;
/** The zone without its last records. */
const without = (count: number): string =>
  `${ZONE.split('\n')
    .slice(0, -1 - count)
    .join('\n')}\n`;
const GATE =
  'refuse-findings: [ZONE-WILDCARD-NS], overridable: [findings, margin, limit-removed], limits: { removed: 10%, changed: 50%, added: 5, delegations: 1, ds: 0, apex: 0 }';

let stage: Stage;
beforeAll(async () => {
  const original = await makeTestWorkspace({ zones: { 'example.': ZONE }, config: gateWith(GATE) });
  original.write('keyless.zone', ZONE.replaceAll('example.', 'keyless.'));
  original.write('offline.zone', ZONE.replaceAll('example.', 'offline.'));
  await original.must('zone', 'add', 'keyless.', '--source', original.path('keyless.zone'));
  await original.must('zone', 'add', 'offline.', '--source', original.path('offline.zone'), '--mode', 'offline-ksk', '--generate-keys');
  await original.must('zone', 'sign', 'example.');
  stage = new Stage(original);
});
afterAll(() => stage[Symbol.dispose]());

/** Signs `example.` from this text, which must be refused and leave everything else as it was. */
async function refused(workspace: TestWorkspace, code: string, texts: readonly (string | RegExp)[], zone = 'example.', ...args: string[]) {
  await expectUnchanged(workspace, async () => {
    expectRefused(await workspace.run('zone', 'sign', zone, ...args), code, ...texts);
  });
}

describe('a source that cannot be signed is refused, and is in the log as rejected', () => {
  const cases: readonly (readonly [what: string, source: string, code: string, text: RegExp])[] = [
    ['a line that is no record', `${ZONE}www IN A not-an-address\n`, 'zone/unreadable', /1 error/],
    ['a zone without SOA', 'www.example. 3600 IN A 192.0.2.1\n', 'zone/no-soa', /example\./],
    ['a file that includes one outside of its folder', `${ZONE}$INCLUDE /etc/passwd\n`, 'zone/unreadable', /error/],
    ['an empty file', '', 'zone/no-soa', /example\./],
    [
      'two SOA records',
      `${ZONE}example. IN SOA ns1.example. other.example. 9 7200 3600 604800 3600\n`,
      'zone/several-soa',
      /lines 2 and \d+/,
    ],
    ['data beside a CNAME', `${ZONE}www.example. IN CNAME ns1.example.\n`, 'sign/findings', /ZONE-CNAME-OTHER-DATA/],
  ];
  test.each(cases)('%s', async (_, source, code, text) => {
    const workspace = stage.copy();
    workspace.write('example.zone', source);
    await refused(workspace, code, [text]);
    const rejected = logged(workspace, 'input.rejected');
    expect(rejected).toHaveLength(1);
    expect(rejected[0]).toMatchObject({ zone: 'example.', code });
    // Of what the file holds, nothing but its own words about itself.
    expect(JSON.stringify(rejected)).not.toContain('root:');
  });

  test('a file that is gone', async () => {
    const workspace = stage.copy();
    rmSync(workspace.path('example.zone'));
    // It is a file of the workspace, so it is put back before things are compared.
    expectRefused(await workspace.run('zone', 'sign', 'example.'), 'file/not-found', 'example.zone');
    expect(logged(workspace, 'input.rejected')).toMatchObject([{ zone: 'example.', code: 'file/not-found' }]);
    expect(stateOf(workspace).zones['example.']!.releases).toHaveLength(1);
  });
});

describe('the gate refuses by rule, in numbers, and the log has every verdict', () => {
  const added = Array.from({ length: 6 }, (_, i) => `n${i}.example. IN A 203.0.113.${i}\n`).join('');
  const delegations = 'a.example. IN NS ns.other.\nb.example. IN NS ns.other.\n';
  const cases: readonly (readonly [what: string, source: string, failed: Readonly<Record<string, RegExp>>])[] = [
    ['too little', without(5), { 'limit-removed': /^5 records removed, the last release has 47 records; the limit is 10 %$/ }],
    [
      'something else',
      ZONE.replaceAll('198.51.100.', '203.0.113.'),
      {
        'limit-added': /^40 records added/,
        'limit-removed': /^40 records removed/,
        'limit-changed': /^40 RRsets changed, .* RRsets; the limit is 50 %$/,
      },
    ],
    [
      'too much, and of every kind',
      `${ZONE}${added}${delegations}child.example. IN DS 1 13 2 ${'00'.repeat(32)}\nexample. IN MX 10 www.example.\n*.w.example. IN NS ns1.example.\n`,
      {
        findings: /ZONE-WILDCARD-NS/,
        'limit-added': /^11 records added, .*; the limit is 5$/,
        'limit-delegations': /^3 delegations touched, the last release has 1 delegations; the limit is 1$/,
        'limit-ds': /^1 DS RRsets touched, .*; the limit is 0$/,
        'limit-apex': /^1 RRsets of the apex touched, .*; the limit is 0$/,
      },
    ],
  ];
  test.each(cases)('%s', async (_, source, failed) => {
    const workspace = stage.copy();
    workspace.write('example.zone', source);
    await refused(
      workspace,
      'gate/refused',
      Object.keys(failed).map((rule) => new RegExp(`${rule}: `)),
    );
    const [refusal] = logged(workspace, 'gate.refused');
    expect(refusal).toMatchObject({ zone: 'example.', serial: 3 });
    // "Gate, blocking, in order": all rules are asked, so that everything is known at once.
    const rules = refusal!.verdicts.map(({ rule }) => rule);
    expect(rules.slice(0, 5)).toEqual(['verifier', 'preservation', 'serial', 'findings', 'judges']);
    expect(rules.at(-1)).toBe('margin');
    const found = refusal!.verdicts.filter(({ verdict }) => verdict === 'fail').map(({ rule, text }) => [rule, text]);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(Object.entries(failed).map(([rule, text]) => [rule, expect.stringMatching(text) as string])),
    );
  });

  test('within the limits nothing is refused', async () => {
    const workspace = stage.copy();
    workspace.write('example.zone', `${without(4)}new.example. IN A 203.0.113.1\n`);
    await workspace.must('zone', 'sign', 'example.');
  });

  test('margin: a signature that ends before the next visit is surely over', async () => {
    const workspace = stage.copy();
    await putInForce(workspace, (text) =>
      text.replace('signatures-validity: auto', 'signatures-validity: 9d').replace('ceremony-interval: 1d', 'ceremony-interval: 30d'),
    );
    await refused(workspace, 'gate/refused', [/margin: /, /ceremony-interval 30d/, /ceremony-slack 1d/]);
    const { out } = await workspace.must('zone', 'sign', 'example.', '--override', 'margin', '--reason', 'the next visit is tomorrow');
    expect(out).toContain('[OVERRIDDEN] margin');
  });

  test('serial policy keep, and the same serial with other data', async () => {
    const workspace = stage.copy();
    workspace.write('example.zone', ZONE.replace(' 1 7200', ' 2 7200').replace('192.0.2.80', '192.0.2.81'));
    workspace.edit((text) => text.replace('algorithm: 13', 'serial-policy: keep\n    algorithm: 13'));
    await workspace.must('policy', 'apply');
    await refused(workspace, 'gate/refused', [/serial: 2 is not ahead of 2/]);
    workspace.write('example.zone', ZONE.replace('192.0.2.80', '192.0.2.81'));
    await refused(workspace, 'sign/serial-backwards', [/1/, /2/]);
    workspace.write('example.zone', ZONE.replace(' 1 7200', ' 7 7200').replace('192.0.2.80', '192.0.2.81'));
    await workspace.must('zone', 'sign', 'example.');
    expect(readlinkSync(workspace.path('releases', 'example', 'current'))).toBe('7');
  });
});

describe('--override', () => {
  const short = without(5);

  test('lets a rule pass that the policy marks: an exception entry, and a line in the MANIFEST', async () => {
    const workspace = stage.copy();
    workspace.write('example.zone', short);
    const reason = 'five hosts were switched off, ticket 4711';
    const { out } = await workspace.must('zone', 'sign', 'example.', '--override', 'limit-removed', '--reason', reason);
    expect(out).toContain('[OVERRIDDEN] limit-removed');
    expect(logged(workspace, 'exception.opened')).toMatchObject([{ rule: 'limit-removed', zone: 'example.', serial: 3, reason }]);
    const { text } = parseNote(workspace.read('releases', 'example', '3', 'MANIFEST'));
    expect(text).toMatch(/^override limit-removed$/m);
    expect(JSON.parse((await workspace.must('status', '--format', 'json')).out)).toMatchObject({ log: { exceptions: 1 } });
    // An exception is for once.
    workspace.write('example.zone', without(15));
    await refused(workspace, 'gate/refused', [/limit-removed/]);
  });

  test('lets nothing else pass', async () => {
    const workspace = stage.copy();
    workspace.write('example.zone', `${short}example. IN MX 10 www.example.\n`);
    const reason = ['--reason', 'a good reason'];
    await refused(workspace, 'gate/refused', [/limit-apex/], 'example.', '--override', 'limit-removed', ...reason);
    await refused(
      workspace,
      'gate/not-overridable',
      [/limit-apex/, /findings, margin, limit-removed/],
      'example.',
      '--override',
      'limit-apex',
      ...reason,
    );
    await refused(workspace, 'usage/override', [/preservation/], 'example.', '--override', 'preservation', ...reason);
    await refused(workspace, 'usage/override', [/verifier/], 'example.', '--override', 'verifier', ...reason);
    await refused(workspace, 'usage/override', [/serial/], 'example.', '--override', 'serial', ...reason);
    expect(logged(workspace, 'exception.opened')).toEqual([]);
  });

  test('asks for a reason that an entry of the log can take', async () => {
    const workspace = stage.copy();
    workspace.write('example.zone', short);
    for (const reason of [[], ['--reason', ''], ['--reason', '      x    ']])
      await refused(workspace, 'gate/no-reason', [/--reason/], 'example.', '--override', 'limit-removed', ...reason);
    const novel = ['--reason', 'because '.repeat(200)];
    await refused(workspace, 'gate/long-reason', [/1599 characters; 1000/], 'example.', '--override', 'limit-removed', ...novel);
    // Every character is six octets in the log.
    await workspace.must('zone', 'sign', 'example.', '--override', 'limit-removed', '--reason', '\u00e9'.repeat(1000));
  });

  test('of a rule that passes anyway is no exception', async () => {
    const workspace = stage.copy();
    await workspace.must('zone', 'sign', 'example.', '--override', 'limit-removed', '--reason', 'to be on the safe side');
    expect(logged(workspace, 'exception.opened')).toEqual([]);
  });
});

describe('earlier releases are held against the log', () => {
  test('the signed zone of the last one was changed on the disk, or is gone', async () => {
    const workspace = stage.copy();
    appendFileSync(workspace.path('releases', 'example', '2', 'zone.signed'), '\n');
    await refused(workspace, 'release/changed', [/sha256/, 'the log says']);
    rmSync(workspace.path('releases', 'example', '2'), { recursive: true });
    await refused(workspace, 'release/changed', [/not there/]);
  });

  test('a folder that stands where the release belongs is not replaced', async () => {
    const workspace = stage.copy();
    workspace.write(join('releases', 'example', '3'), 'somebody else');
    await refused(workspace, 'release/exists', [/3/]);
  });
});

describe('keys', () => {
  test('"the public key is compared at each open": another key under the same CKA_ID and label is none of this zone', async () => {
    const workspace = stage.copy();
    const [ksk] = stateOf(workspace).zones['example.']!.keys;
    changeKey(workspace, ksk!.label, 'exchange');
    const listed = await workspace.must('key', 'list', '--token', tokenOf(workspace), '--json');
    expect(JSON.parse(listed.out)).toContainEqual(expect.objectContaining({ id: ksk!.id, label: ksk!.label }));
    await refused(workspace, 'key/mismatch', [new RegExp(ksk!.id), /has DNSKEY .*, expected /]);
  });

  test('"zero keys found is never: generate a new one"', async () => {
    const workspace = stage.copy();
    const { keys } = stateOf(workspace).zones['example.']!;
    const zsk = keys.find(({ role }) => role === 'zsk')!;
    changeKey(workspace, zsk.label, 'destroy');
    await refused(workspace, 'key/not-found', [new RegExp(zsk.id)]);
    expect(logged(workspace, 'key.generate.intent')).toHaveLength(4);
    // What the log knows is not forgotten: key generate makes none in its place unless it is told to.
    expect((await workspace.must('key', 'generate', '--zone', 'example.')).err).toContain('no key was made');
  });

  test('a zone without keys: none is made for it', async () => {
    const workspace = stage.copy();
    await refused(workspace, 'key/none', ['coldsign key generate --zone keyless.'], 'keyless.');
    expect(logged(workspace, 'key.generate.intent').filter(({ zone }) => zone === 'keyless.')).toEqual([]);
  });

  test('mode offline-ksk: the zone is not signed here', async () => {
    const workspace = stage.copy();
    await refused(workspace, 'sign/offline-ksk', ['offline-ksk'], 'offline.');
  });
});

function tokenOf(workspace: TestWorkspace): string {
  return readWorkspace(workspace.dir).config.tokens.ksk[0]!;
}

function changeKey(workspace: TestWorkspace, label: string, how: 'exchange' | 'destroy'): void {
  // A copy's configuration names the token of the original until the first command has put it right.
  repairTokenFolder(workspace.path('token'));
  const uri = parsePkcs11Uri(tokenOf(workspace));
  execFileSync(NODE, [EXCHANGE_KEY, modulePathOf(uri), workspace.path('token', 'pin'), label, how], {
    env: { ...process.env, SOFTHSM2_CONF: workspace.path('token', 'softhsm2.conf') },
  });
}

/** A configuration that the checks of today would not let in force, as an earlier version may have done. */
async function putInForce(workspace: TestWorkspace, change: (text: string) => string): Promise<void> {
  workspace.edit(change);
  const request = { dir: workspace.dir, command: 'policy apply', now: Math.floor(Date.now() / 1000), nowGiven: false };
  const told = { write: () => true } as unknown as NodeJS.WriteStream;
  await withSession(request, { out: told, err: told }, async (session) => {
    session.append('policy.loaded', policyLoaded(session.artifacts, workspace.read('coldsign.yaml'), [], {}));
    return 0;
  });
}
