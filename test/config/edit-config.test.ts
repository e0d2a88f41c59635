import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Refusal } from '../../signer/errors.ts';
import { defaultConfigText } from '../../src/config/default-config.ts';
import { addZone, editConfig, hasPolicy } from '../../src/config/edit-config.ts';
import { editYaml } from '../../src/config/edit-yaml.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const NEW = defaultConfigText({ origin: 'audit.example.net/a', tokens: { ksk: 'pkcs11:token=a' } });

const OWN = `# Ours.
format:   1            # odd   spaces
zones:
    # the first one
    example.org:       { source: 'a.zone' ,  owner: "Team" }   # quoted

    example.net:
        source: b.zone # b
        group: >-
            long
            text
    # the end of the zones

policies: {default: {algorithm: 13}}   # flow
people:
# nobody yet
`;

test('a zone is added below the last one, in the indentation of the file; not an octet else changes', () => {
  const edited = addZone(OWN, { name: 'Example.COM.', source: 'c.zone', owner: 'A: B', riskClass: 'A', mode: 'full', policy: 'default' });
  const lines = '    example.com:\n      source: c.zone\n      owner: "A: B"\n      risk-class: A\n';
  expect(edited).toBe(OWN.replace('            text\n', `            text\n${lines}`));
});

test('the first zone of a new file takes the place of the empty mapping', () => {
  const edited = addZone(NEW, { name: 'example.org', source: 'zones/a.zone' });
  expect(edited).toBe(NEW.replace('zones: {}\n', 'zones:\n  example.org:\n    source: zones/a.zone\n'));
  expect(Object.keys(parseConfig(edited, 'f', '/r').zones)).toEqual(['example.org.']);
});

test('zones without a line for them yet, an empty one with comments, CR LF, and a file without a last line end', () => {
  expect(addZone('format: 1', { name: 'b', source: 'y' })).toBe('format: 1\nzones:\n  b:\n    source: y\n');
  expect(addZone('zones: # k\r\n  # l\r\ny: 2\r\n', { name: 'b', source: 'y' })).toBe(
    'zones: # k\r\n  b:\r\n    source: y\r\n  # l\r\ny: 2\r\n',
  );
  expect(addZone('zones:\n  a: { source: x }', { name: 'b', source: 'y' })).toBe('zones:\n  a: { source: x }\n  b:\n    source: y\n');
  expect(addZone('zones: { a: {source: x} } # c\n', { name: 'b', source: 'y' })).toBe('zones: { a: {source: x}, b: { source: y } } # c\n');
});

test('a zone that is there is not added again, whatever its letters', () => {
  try {
    addZone(OWN, { name: 'EXAMPLE.org.', source: 'c.zone' });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).code).toBe('workspace/zone-exists');
    expect((error as Refusal).message).toContain('example.org already, as example.org');
  }
});

test('a member is changed, added and taken away where it stands', () => {
  const set = (name: string, member: 'source' | 'owner' | 'group', value: string | undefined) =>
    editConfig(OWN, { kind: 'set-zone-member', name, member, value });
  expect(set('EXAMPLE.org', 'owner', 'Other')).toBe(OWN.replace('"Team"', 'Other'));
  expect(set('example.org', 'group', 'g')).toBe(OWN.replace('"Team" }', '"Team", group: g }'));
  expect(set('example.net', 'source', 'x y.zone')).toBe(OWN.replace('b.zone # b', 'x y.zone # b'));
  expect(set('example.net', 'owner', 'New')).toBe(OWN.replace('            text\n', '            text\n        owner: New\n'));
  expect(set('example.net', 'group', undefined)).toBe(OWN.replace('        group: >-\n            long\n            text\n', ''));
  expect(set('example.org', 'owner', undefined)).toBe(OWN.replace(' ,  owner: "Team"', ''));
  expect(() => set('example.com', 'owner', 'x')).toThrow(expect.objectContaining({ code: 'workspace/unknown-zone' }));
});

test('zones are removed with their lines; comments that stand alone stay', () => {
  const one = editConfig(OWN, { kind: 'remove-zone', name: 'example.org' });
  expect(one).toBe(OWN.replace(/ {4}example\.org:.*\n/, ''));
  const none = editConfig(one, { kind: 'remove-zone', name: 'example.net' });
  expect(parse(none)).toMatchObject({ format: 1, zones: {}, policies: { default: { algorithm: 13 } } });
  expect(none).toContain('# the first one');
  const added = addZone(NEW, { name: 'example.org', source: 'a' });
  expect(editConfig(added, { kind: 'remove-zone', name: 'example.org' })).toBe(NEW);
});

test('a policy is added; one that is there is changed member by member, so that its comments stay', () => {
  const text = 'policies:\n  p:\n    # why\n    algorithm: 8 # old\n    bits: 2048\n\n    zonemd: true\n';
  expect(hasPolicy(text, 'p')).toBe(true);
  expect(hasPolicy(text, 'default')).toBe(false);
  const edited = editConfig(text, { kind: 'set-policy', name: 'p', members: { algorithm: 13, zonemd: true, nsec3: { 'opt-out': true } } });
  expect(edited).toBe('policies:\n  p:\n    # why\n    algorithm: 13 # old\n\n    zonemd: true\n    nsec3:\n      opt-out: true\n');
  const added = editConfig(OWN, { kind: 'set-policy', name: 'q', members: { keys: 'csk' } });
  expect(added).toBe(OWN.replace('{algorithm: 13}}', '{algorithm: 13}, q: { keys: csk }}'));
});

test('members that are commented out belong to what they stand below', () => {
  const text = 'policies:\n  p:\n    keys: csk\n\n    # bits: 2048\n    # more\n\n  # of all policies\nzones: {}\n';
  const added = editConfig(text, { kind: 'set-policy', name: 'q', members: { keys: 'csk' } });
  expect(added).toBe(text.replace('    # more\n', '    # more\n  q:\n    keys: csk\n'));
  expect(editYaml(added, ['policies', 'p'], undefined)).toBe('policies:\n  q:\n    keys: csk\n\n  # of all policies\nzones: {}\n');
});

test('what an alias stands for elsewhere is not changed with it', () => {
  const text = '# head\npolicies:\n  a: &p { keys: csk } # of a\n  b: *p\n';
  const edited = editConfig(text, { kind: 'set-policy', name: 'b', members: { keys: 'csk', algorithm: 8 } });
  expect(parse(edited)).toEqual({ policies: { a: { keys: 'csk' }, b: { keys: 'csk', algorithm: 8 } } });
  expect(edited).toContain('# of a');
});

test('what an anchor stands for elsewhere is not changed with it: the edit is refused', () => {
  const text = 'policies: { p: &p {keys: csk}, q: *p }\nzones:\n  a.example: &a\n    source: a\n  b.example: *a\n';
  const refusal = expect.objectContaining({ code: 'policy/bad-config', message: expect.stringContaining('cannot be changed alone') });
  expect(() => editConfig(text, { kind: 'set-policy', name: 'p', members: { keys: 'ksk-zsk' } })).toThrow(refusal);
  expect(() => editConfig(text, { kind: 'set-zone-member', name: 'a.example', member: 'source', value: 'x' })).toThrow(refusal);
  expect(() => editConfig(text, { kind: 'remove-zone', name: 'a.example' })).toThrow(refusal);
});

test('a part of the file that is missing is added below the rest, of which no octet changes', () => {
  for (const [eol, start] of [
    ['\n', ''],
    ['\r\n', ''],
    ['\n', '\ufeff'],
  ] as const) {
    const text = `${start}format:   1   # odd${eol}'zones' :${eol}    a.example:   { source: a }${eol}`;
    const edited = editConfig(text, { kind: 'set-policy', name: 'p', members: { keys: 'csk' } });
    expect(edited).toBe(`${text}policies:${eol}  p:${eol}    keys: csk${eol}`);
  }
});

test('where the library prints the file, its line ends and its byte order mark stay', () => {
  const text = '\ufeffformat: 1\r\nzones: {\r\n  a.example: { source: a } # last\r\n}\r\n';
  const edited = addZone(text, { name: 'b.example', source: 'b' });
  expect(edited).toMatch(/^\ufeff/);
  expect(edited).not.toMatch(/[^\r]\n/);
  expect(edited).toContain('# last');
});

test('comments inside of braces stay with what they are about', () => {
  const pair = 'zones: {\n  a.example: { source: a }, # of a\n  b.example: { source: b }\n}\n';
  const one = editConfig(pair, { kind: 'remove-zone', name: 'b.example' });
  expect(one).toContain('# of a');
  expect(parse(one)).toEqual({ zones: { 'a.example': { source: 'a' } } });
  expect(addZone('zones: {\n  # nothing yet\n}\n', { name: 'a.example', source: 'a' })).toContain('# nothing yet');
});

test('a text that is no YAML is not edited', () => {
  expect(() => addZone('zones: {\n', { name: 'a', source: 'b' })).toThrow(expect.objectContaining({ code: 'policy/bad-config' }));
});

test('whatever the form of the file, an edit does what it says and keeps the comments', () => {
  const scalar = fc.oneof(
    fc.constantFrom('a', 'x: y', '# no comment', '1', 'true', 'null', '- a', "it's", '"', ' ', 'ü', 'a\nb'),
    fc.integer(),
    fc.boolean(),
  );
  const mapping = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), scalar, { maxKeys: 3, noNullPrototype: true });
  const whole = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), mapping, { maxKeys: 3, noNullPrototype: true });
  const style = fc.constantFrom('flow', 'block');
  fc.assert(
    fc.property(
      whole,
      style,
      fc.stringMatching(/^[a-z]{1,3}$/),
      fc.stringMatching(/^[a-z]{1,3}$/),
      scalar,
      fc.boolean(),
      (root, form, first, second, value, remove) => {
        const body =
          form === 'flow'
            ? Object.entries(root)
                .map(([k, v]) => `${k}: ${JSON.stringify(v)} # of ${k}\n`)
                .join('')
            : blockText(root);
        const text = `# head\n${body}# tail\n`;
        const path = [first, second];
        const edited = editYaml(text, path, remove ? undefined : value);
        const expected: Record<string, unknown> = structuredClone(root);
        if (!remove) expected[first] = { ...(root[first] ?? {}), [second]: value };
        else if (root[first] !== undefined) {
          const { [second]: _, ...rest } = root[first];
          expected[first] = rest;
        }
        expect(parse(edited) ?? {}).toEqual(expected);
        expect(edited.startsWith('# head\n')).toBe(true);
        expect(edited).toContain('# tail');
        for (const key of Object.keys(root)) expect(edited).toContain(`# of ${key}`);
      },
    ),
    { numRuns: 300 },
  );
});

function blockText(root: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string {
  return Object.entries(root)
    .map(([key, members]) => {
      const lines = Object.entries(members).map(([name, value]) => `   ${name}:  ${JSON.stringify(value)}\n`);
      return `${key}: # of ${key}\n${lines.length === 0 ? '   {}\n' : lines.join('')}`;
    })
    .join('\n');
}
