import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Argv, Contender, Job } from './contender.ts';
import { run } from './run.ts';
import type { Token } from './token.ts';

/**
 * Knot's kzonesign. Its keys are made by its own automatic policy in a first run over an empty zone; after that the policy is manual,
 * so that the runs measured do nothing but sign.
 * @param token keys in this PKCS#11 token; without it in PEM files
 */
export function kzonesign(name: string, threads: number, token?: Token): Contender {
  const signed = (job: Job) => join(job.dir, 'signed');
  const config = (job: Job) => join(job.dir, 'knot.conf');
  return {
    name,
    maker: 'knot',
    takesPrevious: false,
    env: token?.env ?? {},
    command: (job) => ['kzonesign', '-c', config(job), '-o', signed(job), job.origin],
    output: (job) => join(signed(job), basename(job.file)),
    async prepare(job) {
      mkdirSync(signed(job), { recursive: true });
      const database = join(job.dir, 'kasp');
      if (!existsSync(database)) {
        mkdirSync(database);
        const empty = { ...job, file: join(job.dir, 'empty.zone') };
        writeFileSync(empty.file, `${job.origin} 60 IN SOA . . 1 60 60 60 60\n${job.origin} 60 IN NS ns.invalid.\n`);
        writeFileSync(config(job), knotConfig(empty, 'off', threads, token), { mode: 0o600 });
        await run(this.command(empty), this.env);
      }
      writeFileSync(config(job), knotConfig(job, 'on', threads, token), { mode: 0o600 });
    },
  };
}

function knotConfig(job: Job, manual: 'on' | 'off', threads: number, token?: Token): string {
  const keystore = token
    ? `backend: pkcs11\n    config: "pkcs11:token=${token.label};pin-value=${token.pin} ${token.module}"`
    : `backend: pem\n    config: "${join(job.dir, 'keys')}"`;
  const nsec3 = job.denial === 'nsec' ? '' : '\n    nsec3: on\n    nsec3-iterations: 0\n    nsec3-salt-length: 0\n    nsec3-opt-out: on';
  return `server:
    rundir: "${job.dir}"
database:
    storage: "${join(job.dir, 'kasp')}"
keystore:
  - id: keys
    ${keystore}
policy:
  - id: bench
    keystore: keys
    manual: ${manual}
    algorithm: ecdsap256sha256
    signing-threads: ${threads}
    cds-cdnskey-publish: none${nsec3}
zone:
  - domain: ${job.origin}
    file: "${job.file}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    dnssec-signing: on
    dnssec-policy: bench
`;
}

/**
 * BIND's dnssec-signzone with key files. (Debian 12's build cannot load the PKCS#11 engine.)
 * @param check whether it verifies what it has signed, its default; without, `-P`
 */
export function dnssecSignzone(name: string, threads: number, check: boolean): Contender {
  const keys = (job: Job) => join(job.dir, 'keys');
  return {
    name,
    maker: 'bind',
    takesPrevious: false,
    env: {},
    output: signedZone,
    command: (job) => [
      ...(['dnssec-signzone', '-S', '-x', '-K', keys(job), '-d', job.dir, '-n', String(threads), '-o', job.origin] as const),
      ...(job.denial === 'nsec' ? [] : ['-3', '-', '-H', '0', '-A']),
      ...(check ? [] : ['-P']),
      ...['-O', 'full', '-f', signedZone(job), job.file],
    ],
    async prepare(job) {
      if (existsSync(keys(job))) return;
      mkdirSync(keys(job), { recursive: true });
      const keygen: Argv = ['dnssec-keygen', '-q', '-a', 'ECDSAP256SHA256', '-K', keys(job)];
      await run([...keygen, '-f', 'KSK', job.origin]);
      await run([...keygen, job.origin]);
    },
  };
}

/** NLnet Labs' ldns-signzone with key files. With opt-out it still signs an NSEC3 for every delegation. */
export function ldnsSignzone(name: string): Contender {
  const keys = (job: Job) => join(job.dir, 'keys');
  return {
    name,
    maker: 'ldns',
    takesPrevious: false,
    env: {},
    output: signedZone,
    command: (job) => [
      ...(['ldns-signzone', '-o', job.origin] as const),
      ...(job.denial === 'nsec' ? [] : ['-n', '-p', '-t', '0']),
      ...['-f', signedZone(job), job.file],
      ...keyFiles(keys(job)),
    ],
    async prepare(job) {
      if (existsSync(keys(job))) return;
      mkdirSync(keys(job), { recursive: true });
      // ldns-keygen writes to the folder it is started in.
      const keygen = (...flags: string[]) =>
        run(['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', keys(job), 'ldns-keygen', '-a', 'ECDSAP256SHA256', ...flags, job.origin]);
      await keygen('-k');
      await keygen();
    },
  };
}

function signedZone(job: Job): string {
  return join(job.dir, 'signed.zone');
}

/** Paths without their endings, as ldns-signzone wants them. */
function keyFiles(dir: string): string[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith('.private'))
    .sort()
    .map((file) => join(dir, file.slice(0, -'.private'.length)));
}
