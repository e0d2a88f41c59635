import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../../signer/errors.ts';
import { JUDGES, runJudges } from '../../src/release/judges.ts';
import { findTool, runTool } from '../../src/release/tool.ts';
import { DAY, makeBase, NSEC, NSEC3, NSEC3_OPT_OUT, ORIGIN, signBase } from '../mutations/base-zone.ts';
import { dnskey, printZone } from '../support/soft-records.ts';

const now = Math.floor(Date.now() / 1000);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coldsign-judges-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function zoneFile(name: string, ...base: Parameters<typeof makeBase>): Promise<string> {
  const file = join(folder, `${name}.zone`);
  await writeFile(file, printZone(signBase(makeBase(...base))));
  return file;
}

describe('judges over zones of the software signer', () => {
  const denials = { nsec: NSEC, nsec3: NSEC3, 'opt-out': NSEC3_OPT_OUT };
  for (const [name, denial] of Object.entries(denials)) {
    for (const zonemd of [false, true]) {
      test(`${name}${zonemd ? ' with ZONEMD' : ''}: all four accept`, async () => {
        const verdicts = await runJudges({ file: await zoneFile(`${name}-${zonemd}`, denial, now, { zonemd }), origin: ORIGIN, now });
        expect(verdicts.map((v) => [v.judge, v.verdict, v.verdict === 'accept' ? '' : v.text])).toEqual(
          JUDGES.map((j) => [j, 'accept', '']),
        );
        for (const v of verdicts) expect(v.version).toMatch(/^\d+\.\d+/);
      });
    }
  }

  test('the time given is the time judged at, where the judge can', async () => {
    const file = await zoneFile('later', NSEC, now);
    const verdicts = await runJudges({ file, origin: ORIGIN, now: now + 30 * DAY });
    expect(verdicts.map((v) => [v.judge, v.clock, v.verdict])).toEqual([
      ['named-checkzone', 'none', 'accept'],
      ['dnssec-verify', 'system', 'accept'],
      ['ldns-verify-zone', 'given', 'reject'],
      ['kzonecheck', 'given', 'reject'],
    ]);
  });

  test('ldns-verify-zone: a zone with names relative to $ORIGIN, and a trust anchor that fits or does not', async () => {
    const base = makeBase(NSEC, now);
    const file = join(folder, 'relative.zone');
    await writeFile(file, printZone(signBase(base)).replaceAll(`www.${ORIGIN} `, 'www '));
    const anchor = async (name: string, rdata: Buffer): Promise<string> => {
      const path = join(folder, name);
      await writeFile(path, `${ORIGIN} 3600 IN DNSKEY ${dnskey(rdata).text}\n`);
      return path;
    };
    const judges = ['ldns-verify-zone'] as const;
    const request = { file, origin: ORIGIN, now, judges };
    const right = await runJudges({ ...request, anchorFile: await anchor('right', base.ksk.rdata) });
    const wrong = await runJudges({ ...request, anchorFile: await anchor('wrong', base.stranger.rdata) });
    expect([right[0]?.verdict, wrong[0]?.verdict]).toEqual(['accept', 'reject']);
  });

  test('binary garbage is rejected by all four', async () => {
    const file = join(folder, 'garbage.zone');
    await writeFile(file, Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 251)));
    const verdicts = await runJudges({ file, origin: ORIGIN, now });
    expect(verdicts.map((v) => v.verdict)).toEqual(['reject', 'reject', 'reject', 'reject']);
  });

  test('a file that cannot be read is a refusal, not a verdict', async () => {
    await expect(runJudges({ file: join(folder, 'absent.zone'), origin: ORIGIN, now })).rejects.toMatchObject({ code: 'judge/unreadable' });
  });
});

describe('tools', () => {
  test('a missing tool names its Debian package and the command', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    try {
      findTool('kzonecheck', [empty]);
      expect.unreachable('found in an empty folder');
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal);
      expect(error).toMatchObject({ code: 'setup/tool-missing', hint: 'run as root: apt-get install knot-dnssecutils' });
      expect((error as Refusal).message).toContain(empty);
    }
  });

  test('a tool that hangs is stopped at the time limit, one that crashes says by which signal', async () => {
    const hang = await runTool({ file: '/bin/sleep', args: ['600'], timeoutSeconds: 0.2 });
    expect(hang).toMatchObject({ timedOut: true, exit: undefined, signal: 'SIGKILL' });
    const crash = await runTool({ file: '/bin/sh', args: ['-c', 'kill -SEGV $$'], timeoutSeconds: 20 });
    expect(crash).toMatchObject({ timedOut: false, exit: undefined, signal: 'SIGSEGV' });
  });

  test('a judge that hangs or crashes is unavailable, never accept', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    const fake = async (name: string, script: string): Promise<void> => {
      await writeFile(join(bin, name), `#!/bin/sh\ncase "$1" in -V|-v|--help) echo 'fake 9.9'; exit 0;; esac\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    };
    await fake('kzonecheck', 'exec sleep 600');
    await fake('dnssec-verify', 'kill -SEGV $$');
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}:${path}`;
    try {
      const file = await zoneFile('fake', NSEC, now);
      const verdicts = await runJudges({ file, origin: ORIGIN, judges: ['kzonecheck', 'dnssec-verify'], timeoutSeconds: 0.5 });
      expect(verdicts.map((v) => [v.verdict, v.version])).toEqual([
        ['unavailable', '9.9'],
        ['unavailable', '9.9'],
      ]);
      expect(verdicts[0]?.text).toContain('no verdict within 0.5 s');
      expect(verdicts[1]?.text).toContain('SIGSEGV');
    } finally {
      process.env['PATH'] = path;
    }
  });

  test('a program that does not read its input to the end still gives its verdict', async () => {
    const file = join(folder, 'large');
    await writeFile(file, Buffer.alloc(4 << 20, 0x20));
    const result = await runTool({ file: '/bin/sh', args: ['-c', 'exit 3'], stdin: { head: 'x\n', file }, timeoutSeconds: 20 });
    expect(result).toMatchObject({ exit: 3, timedOut: false });
  });
});
