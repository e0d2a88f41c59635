import { Refusal } from '../../signer/errors.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const BACKSPACES = ['\u007f', '\b'];

/** Asks on the terminal without echo. @throws Refusal pin/no-terminal, pin/cancelled */
export async function promptSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new Refusal(
      'pin/no-terminal',
      'a PIN is needed and there is no terminal to ask on',
      'give --pin-fd N, or pin-source=file:/path in the token URI',
    );
  }
  // Echo goes off before the question is on the screen: who answers at once is not shown either.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding('utf8');
  try {
    return await readTyped();
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function readTyped(): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const finish = (action: () => void): void => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      action();
    };
    const cancel = (): void =>
      finish(() => reject(new Refusal('pin/cancelled', 'the PIN prompt was cancelled', 'run the command again when the PIN is at hand')));
    const onEnd = (): void => cancel();
    const onData = (chunk: string): void => {
      for (const char of chunk) {
        if (char === '\r' || char === '\n') {
          finish(() => resolve(typed.join('')));
          return;
        }
        if (char === CTRL_C || char === CTRL_D) {
          cancel();
          return;
        }
        if (char === CTRL_U) typed = [];
        else if (BACKSPACES.includes(char)) typed.pop();
        else if (char >= ' ') typed.push(char);
      }
    };
    stdin.on('data', onData);
    stdin.on('end', onEnd);
    stdin.resume();
  });
}
