/**
 * Run as a process of its own, in the network of the reader: a card that is inserted at the start. Orders come as lines on standard input
 * (`pull`, `insert`, `pull-at N`: in the midst of the Nth signature from now); each is answered by a line.
 */
import { createInterface } from 'node:readline';
import { SmartCard } from './card.ts';
import { type Inserted, insertCard } from './reader.ts';

const SIGN = 0x68;
const card = new SmartCard();
let pullAt = 0;
let inserted: Inserted = await insert();
process.stdout.write('inserted\n');

for await (const line of createInterface({ input: process.stdin })) {
  const [order, number] = line.split(' ');
  if (order === 'pull') inserted.pull();
  else if (order === 'insert') inserted = await insert();
  else if (order === 'pull-at') pullAt = card.signatures + Number(number);
  process.stdout.write(`${order} ${card.signatures}\n`);
}

function insert(): Promise<Inserted> {
  pullAt = 0;
  return insertCard(card, (command) => pullAt > 0 && command[1] === SIGN && card.signatures + 1 >= pullAt);
}
