import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { NODE } from '../../support/cli.ts';
import { CARD_PIN } from '../smart-card/card.ts';
import { bringUp, LIBRARIES, type ModuleLab, makeFolder, pinSource, uriOf } from '../support/lab.ts';
import { Namespace } from '../support/namespace.ts';
import { run, Started } from '../support/started.ts';

export const CARD_PACKAGES = ['opensc', 'opensc-pkcs11', 'pcscd', 'vsmartcard-vpcd', 'iproute2'];
const PROGRAM = fileURLToPath(new URL('../smart-card/program.ts', import.meta.url));

export interface CardLab extends ModuleLab {
  readonly card: CardInReader;
}

/** OpenSC over pcscd and a reader without hardware, with a SmartCard-HSM in software in it. */
export async function smartCardHsm(): Promise<CardLab> {
  let card: CardInReader | undefined;
  const lab = await bringUp('card', CARD_PACKAGES, async (folder, stack) => {
    const running = makeFolder(folder, 'run');
    makeFolder(running, 'pcscd');
    // The reader listens on all addresses; in a network of its own nobody else is there.
    const namespace = stack.use(await Namespace.open({ mounts: [{ from: running, at: '/run' }], network: true }));
    const [command, ...enter] = namespace.enter;
    const service = stack.use(new Started(command!, [...enter, 'pcscd', '--foreground']));
    await service.until('its socket is there', () => existsSync(join(running, 'pcscd', 'pcscd.comm')));
    await service.until('the reader waits for a card', async () => {
      const { status } = await run(command!, [...enter, 'sh', '-c', "ss -Hltn 'sport = :35963' | grep -q ."]);
      return status === 0;
    });
    const inReader = stack.use(await CardInReader.start(namespace.enter));
    card = inReader;
    const module = join(LIBRARIES, 'opensc-pkcs11.so');
    await service.until('the token is seen', async () => {
      const { out } = await run(command!, [...enter, 'pkcs11-tool', '--module', module, '--list-token-slots']);
      return out.includes('SmartCard-HSM');
    });
    return {
      uri: uriOf({ token: 'SmartCard-HSM', modulePath: module, pinSource: pinSource(folder, CARD_PIN) }),
      enter: namespace.enter,
      env: {},
    };
  });
  return { ...lab, card: card! };
}

/** The process that plays the card. */
export class CardInReader implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  }

  static async start(enter: readonly string[]): Promise<CardInReader> {
    const [command, ...rest] = [...enter, NODE, PROGRAM];
    const card = new CardInReader(spawn(command!, rest, { stdio: ['pipe', 'pipe', 'inherit'] }));
    await card.#answer('inserted');
    return card;
  }

  async pull(): Promise<void> {
    await this.#order('pull');
  }

  async insert(): Promise<void> {
    await this.#order('insert');
  }

  /** Takes the card out in the midst of the nth signature from now. */
  async pullAt(nth: number): Promise<void> {
    await this.#order(`pull-at ${nth}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    this.#process.kill('SIGKILL');
  }

  async #order(line: string): Promise<void> {
    this.#process.stdin.write(`${line}\n`);
    await this.#answer(line.split(' ')[0]!);
  }

  async #answer(expected: string): Promise<void> {
    const { value, done } = await this.#lines.next();
    if (done === true || !value.startsWith(expected))
      throw new Error(`the card answered ${done === true ? 'nothing' : value} to ${expected}`);
  }
}
