import { expect, test } from 'vitest';
import { runnableScript } from '../../../src/ceremony/script/binding.ts';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { fillScript } from '../../../src/ceremony/script/fill-script.ts';
import { printScript } from '../../../src/ceremony/script/print-script.ts';
import { scriptHash } from '../../../src/ceremony/script/script-hash.ts';
import { shippedScript } from '../../../src/ceremony/script/shipped.ts';
import { parse, SAMPLE, silentProgram } from './sample.ts';

const program = silentProgram();
const VALUES = {
  zones: { kind: 'list', items: [{ kind: 'text', text: 'example.org' }] },
  evidence: { kind: 'list', items: [] },
  export: { kind: 'text', text: '/media/out/export.tar' },
} as const;
const FILLING = {
  origin: 'audit.example/test',
  prepared: { at: 1_795_521_600, plan: 'ab'.repeat(32), log: { size: 12, words: 'music customer' } },
  people: { administrator: ['ada'], witness: ['wim'], custodian: ['ben', 'cyd', 'dan', 'eve', 'fay'] },
};

test('what is filled is one whole file, which says the same when it is read', () => {
  const script = parse(SAMPLE);
  expect(parse(printScript(script))).toEqual(script);
});

test('a template is filled for one log, one plan and the people who come', () => {
  const template = shippedScript('routine-signing', program);
  const script = fillScript(template, {
    ...FILLING,
    values: VALUES,
    need: { custodian: 3 },
  });
  const printed = printScript(script);
  expect(printed).not.toContain('include:');
  const read = parse(printed);
  expect(read).toEqual(script);
  expect(read.roles['custodian']).toMatchObject({ count: 5, need: 3 });
  expect(expandScript(read).find(({ do: { kind } }) => kind === 'approve')?.confirm?.roles['custodian']).toBe(3);
});

test('a template that is not filled whole is told what is missing', () => {
  const template = shippedScript('routine-signing', program);
  expect(() => fillScript(template, { ...FILLING, values: {} })).toThrow(expect.objectContaining({ code: 'ceremony/value-missing' }));
  expect(() => fillScript(template, { ...FILLING, values: { zone: { kind: 'text', text: 'example.org' } } })).toThrow(
    expect.objectContaining({ code: 'ceremony/value-unknown', hint: 'is it zones?' }),
  );
});

test('a changed octet is another script', () => {
  const octets = new TextEncoder().encode(SAMPLE);
  expect(scriptHash(octets)).toMatch(/^[0-9a-f]{64}$/);
  expect(scriptHash(new TextEncoder().encode(`${SAMPLE} `))).not.toBe(scriptHash(octets));
});

test('a script runs on the log that it was made for, filled, and in its mode', () => {
  const script = parse(SAMPLE);
  const here = { origin: 'audit.example/test', mode: 'production' } as const;
  expect(runnableScript(script, here).fill.kind).toBe('filled');
  expect(() => runnableScript(script, { ...here, origin: 'audit.example/other' })).toThrow(
    'the script sample is for the log audit.example/test, and this is audit.example/other',
  );
  expect(() => runnableScript({ ...script, mode: 'practice' }, here)).toThrow(expect.objectContaining({ code: 'ceremony/other-mode' }));
  expect(() => runnableScript({ ...script, fill: { kind: 'template' } }, here)).toThrow(
    expect.objectContaining({ code: 'ceremony/not-filled' }),
  );
});

test('looking at a command leaves the program as it was, and prints nothing', async () => {
  const printed: string[] = [];
  const loud = silentProgram((text) => printed.push(text));
  expect(() => shippedScript('no-such', loud)).toThrow(expect.objectContaining({ code: 'ceremony/no-such-script' }));
  shippedScript('ksk-rollover', loud);
  expect(printed).toEqual([]);
  const roll = loud.commands.find((command) => command.name() === 'roll');
  expect(roll?.commands.map((command) => command.opts()).every((options) => Object.keys(options).length === 0)).toBe(true);
});
