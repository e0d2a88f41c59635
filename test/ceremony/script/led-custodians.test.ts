import { generateKeyPairSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { printVkey, vkeyOf } from '../../../src/audit/vkey.ts';
import { signerFrom } from '../leader/stage.ts';
import { Visits } from './visits.ts';

const OLD = ['carol', 'dave', 'erin'];
const NEW = ['erin', 'gwen', 'hugo'];
const opened: number[] = [];
afterAll(() => {
  for (const fd of opened) closeSync(fd);
});

/** A line of coldsign.yaml. */
function newPerson(name: string): string {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return `  ${name}: { name: ${name}, key: "${printVkey(vkeyOf(signerFrom(name, pem)))}" }`;
}

/** Shares that the program has written to a folder of the workspace, as people bring them. @returns descriptor of lines `NAME: words` */
function bring({ stage: { workspace } }: Visits, folder: string, ...people: readonly string[]): number {
  const lines = people.map((person) => {
    const name = readdirSync(workspace.path(folder)).find((one) => one.endsWith('.txt') && workspace.read(folder, one).includes(person));
    return `${person}: ${workspace.read(folder, name!).split('\n\n')[1]!.replaceAll('\n', ' ')}\n`;
  });
  const fd = openSync(workspace.write(`${folder}-of-${people.join('-')}`, lines.join('')), 'r');
  opened.push(fd);
  return fd;
}

test('two of three custodians leave: they agree to it still, their shares open nothing afterwards, and those of the new people do', async () => {
  await using visits = await Visits.begin('new');
  const { workspace } = visits.stage;
  for (const folder of ['old', 'new']) mkdirSync(workspace.path(folder), { mode: 0o700 });
  await visits.must('pin', 'split', '--shares', '2/3', '--share-dir', workspace.path('old'), ...OLD.flatMap((one) => ['--holder', one]));
  workspace.edit((text) => text.replaceAll(/pin-source=file:[^&\s'"]*/g, 'pin-source=shares:'));
  await visits.must('policy', 'apply', '--share-fd', `${bring(visits, 'old', 'carol', 'erin')}`);
  workspace.edit((text) => text.replace(/^ {2}carol: .*/m, newPerson('gwen')).replace(/^ {2}dave: .*/m, newPerson('hugo')));

  const backup = workspace.path('token-backup');
  const file = await visits.fill('custodian-change', { scheme: '2/3', tokens: ['ksk'], holders: NEW, backup });
  visits.more = (argv) => {
    if (argv[0] === 'pin') return ['--share-dir', workspace.path('new')];
    return argv[1] === 'drill' ? ['--token-share-fd', `${bring(visits, 'new', 'gwen', 'hugo')}`] : [];
  };
  await using leader = await visits.open(file, { shareFd: bring(visits, 'old', 'carol', 'dave') });
  const told = await visits.lead(leader);
  await leader.end();

  expect(told['apply']).toMatch(/- people\.dave\.key.*\+ people\.hugo\.key/s);
  expect(told['prove']!.match(/ proved\n/g)).toHaveLength(2);
  expect(told['drill']).toContain('proved; 3 keys, 2 of them of this workspace');
  const steps = leader.ceremony.steps;
  expect(steps['reshare:ksk']!.approvals.map(({ person, by }) => `${person} ${by}`)).toEqual(['carol key', 'dave key', 'bob key']);
  const as = (folder: string, ...people: readonly string[]) =>
    workspace.run('key', 'prove', '--all', '--share-fd', `${bring(visits, folder, ...people)}`, ...visits.time());
  expect((await as('old', 'carol', 'dave')).err).toContain('error share/void-set');
  expect(await as('new', 'erin', 'hugo')).toMatchObject({ status: 0 });
  expect(await visits.verdict('--share-fd', `${bring(visits, 'new', 'gwen', 'hugo')}`)).toBe('verified');
  // It was proved before anything old was destroyed.
  const ids = leader.steps.map(({ id }) => id);
  expect(ids.indexOf('old-backups')).toBeGreaterThan(Math.max(ids.indexOf('prove'), ids.indexOf('drill')));
});
