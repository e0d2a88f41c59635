import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../signer/errors.ts';
import type { Contender, Job } from './contender.ts';
import { run } from './run.ts';
import type { Token } from './token.ts';

interface KeyUris {
  readonly ksk: string;
  readonly zsk: string;
}

/**
 * coldsign, as built, with its keys on the token.
 * @param program path of the built program
 * @param verify whether it verifies every signature it makes, its default
 */
export function coldsign(name: string, program: string, token: Token, verify: boolean): Contender {
  return {
    name,
    maker: 'coldsign',
    takesPrevious: true,
    env: token.env,
    output: (job) => join(job.dir, 'signed.zone'),
    command(job) {
      const keys = readKeys(job);
      return [
        ...([process.execPath, program, 'zone', 'sign', job.file, '-o', job.origin, '-f', this.output(job)] as const),
        ...['--ksk', keys.ksk, '--zsk', keys.zsk, '--threads', '2'],
        ...(job.denial === 'nsec' ? [] : ['--nsec3', '--opt-out']),
        ...(job.previous === undefined ? [] : ['--previous', job.previous]),
        ...(verify ? [] : ['--verification', 'off']),
      ];
    },
    async prepare(job) {
      mkdirSync(job.dir, { recursive: true });
      if (existsSync(keysFile(job))) return;
      const generate = async (role: string) => {
        const options = ['--token', token.uri, '--zone', job.origin, '--role', role, '--alg', '13', '--json'];
        return uriOf(await run([process.execPath, program, 'key', 'generate', ...options]));
      };
      const keys: KeyUris = { ksk: await generate('ksk'), zsk: await generate('zsk') };
      writeFileSync(keysFile(job), JSON.stringify(keys));
    },
  };
}

function keysFile(job: Job): string {
  return join(job.dir, 'keys.json');
}

function readKeys(job: Job): KeyUris {
  return JSON.parse(readFileSync(keysFile(job), 'utf8')) as KeyUris;
}

/** @throws Fault setup/bench-command if `key generate --json` did not tell the key's URI */
function uriOf(json: string): string {
  const answer: unknown = JSON.parse(json);
  if (typeof answer === 'object' && answer !== null && 'uri' in answer && typeof answer.uri === 'string') return answer.uri;
  throw new Fault('setup/bench-command', 'key generate --json did not name the URI of the key', `its output was: ${json.slice(0, 500)}`);
}
