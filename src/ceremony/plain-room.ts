import { Terminal } from '../../keystore/pin/terminal.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Io } from '../io.ts';
import type { Room } from './dialogue.ts';
import { screenText, usual } from './screen-text.ts';

/** Line by line. A terminal for each question alone: commands ask for PINs on it themselves. */
export function plainRoom(io: Io): Room {
  const ask = async (question: string): Promise<string> => {
    using terminal = new Terminal();
    try {
      return await terminal.ask(question, 'shown');
    } catch (error) {
      if (error instanceof Refusal && error.code === 'pin/cancelled') throw unanswered(question, error);
      throw error;
    }
  };
  return {
    ask,
    async word(view) {
      io.out.write(screenText(view));
      return await ask(`${usual(view)} > `);
    },
    tell: (text) => void io.out.write(text),
    read: async () => void (await ask('Enter when it was read ')),
  };
}

function unanswered(question: string, cause: Refusal): Refusal {
  return new Refusal(
    'ceremony/unanswered',
    `"${question.trim()}" was not answered`,
    'nothing was done; type the word again, or Ctrl-C once more to leave the ceremony as it stands',
    { cause },
  );
}
