import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bogusWhenShorter, WAYS } from './tightness.ts';

/** true: one second less is caught; else the reason why it cannot be. */
interface Row {
  readonly way: string;
  readonly oneSecondLess: Readonly<Record<string, true | string>>;
}

const { engine } = JSON.parse(readFileSync(new URL('../vectors/tightness.json', import.meta.url), 'utf8')) as {
  readonly engine: readonly Row[];
};
const WORLDS = 40;

test.each(engine)('each wait of the engine is as long as it must be, to the second: $way', ({ way: name, oneSecondLess }) => {
  const way = WAYS.find((one) => one.name === name)!;
  const found = bogusWhenShorter(way, WORLDS);
  expect([...found.keys()].sort()).toEqual(Object.keys(oneSecondLess).sort());
  for (const [wait, times] of found) expect({ wait, isCaught: times > 0 }).toEqual({ wait, isCaught: oneSecondLess[wait] === true });
});

test('no way is left out', () => {
  expect(engine.map(({ way }) => way)).toEqual(WAYS.map(({ name }) => name));
});
