import { Terminal } from './terminal.ts';

/** Asks on the terminal, without showing anything of the answer. @throws Refusal pin/no-terminal, pin/cancelled */
export async function promptSecret(question: string): Promise<string> {
  using terminal = new Terminal();
  return await terminal.ask(question, 'hidden');
}
