import type { Command } from 'commander';
import { parseScript } from '../../../src/ceremony/script/parse-script.ts';
import type { Script } from '../../../src/ceremony/script/script.ts';
import type { Io } from '../../../src/io.ts';
import { makeProgram } from '../../../src/program.ts';

/** The commands of the program; what they print would show in a test that looks. */
export function silentProgram(print: (text: string) => void = () => {}): Command {
  const sink = { write: (text: string) => print(String(text)) };
  return makeProgram({ out: sink, err: sink as unknown as Io['err'] }, () => {});
}

const program = silentProgram();
export const parse = (text: string, part?: (name: string) => string | undefined): Script =>
  parseScript(text, 'sample.yaml', { program, ...(part === undefined ? {} : { part }) });

/** A filled script, small and right; tests make it wrong in one place. */
export const SAMPLE = `format: coldsign-ceremony/1
name: sample
title: Signing of {{zones}}
purpose: Show what a script is.
mode: any
origin: audit.example/test
prepared:
  at: 2026-11-24T12:00:00Z
  plan: ${'ab'.repeat(32)}
  log: { size: 12, words: music customer waffle consensus }
roles:
  administrator: { title: Administrator, duty: types, count: 1 }
  witness: { title: Witness, duty: watches, count: 1 }
  custodian: { title: Custodian, duty: agrees, count: 3, need: 2 }
separate: [[administrator, witness], [administrator, custodian]]
people:
  administrator: [ada]
  witness: [wim]
  custodian: [ben, cyd, dan]
values:
  zones: [example.org, example.net]
  keys: [{ zone: example.org, tag: '12345' }]
  place: room 3
steps:
  - id: attendance
    act: Opening
    role: witness
    title: Everybody is here
    say: We meet in {{place}}.
    do: { attendance: true }
  - id: continuity
    act: Opening
    role: witness
    title: The log is the one of last time
    do: { check: continuity }
  - id: approve
    act: Approval
    role: administrator
    title: Approve the script
    do: { approve: script }
    confirm: { roles: { custodian: need, witness: 1 }, by: key, type: '{{zones}}' }
  - id: sign
    act: Signing
    role: administrator
    title: Sign {{item}}
    each: zones
    do: { command: [zone, sign, '{{item}}'] }
    show: [diff]
    record: [sign.result, release.result]
    minutes: 2
  - id: destroy
    act: Signing
    role: administrator
    title: Destroy the key {{item.tag}}
    each: keys
    do: { command: [key, destroy, --zone, '{{item.zone}}', --key, '{{item.tag}}', --reason, 'replaced in {{place}}'] }
    confirm: { roles: { custodian: 2 }, by: share, type: '{{item.tag}}' }
  - id: bag
    act: Closing
    role: administrator
    title: Bag the token
    do: { manual: Put the token into a bag., evidence: number of the bag }
  - id: checkpoint
    act: Closing
    role: administrator
    title: Print the checkpoint
    do: { checkpoint: print }
`;
