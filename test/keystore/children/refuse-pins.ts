import { RefusedPins } from '../../../keystore/pin/refused-pins.ts';

// Argument: file of the record, label of a token. As a login with a refused PIN goes, twice, with good ones of another token in between.
const [path, label] = process.argv.slice(2) as [string, string];
const record = new RefusedPins(path, { label, serial: '1' });
const other = new RefusedPins(path, { label: `${label} good`, serial: '1' });
for (const pin of ['1234', '5678']) {
  for (let i = 0; i < 5; i++) {
    other.begin('fine');
    other.clear();
  }
  record.begin('fine');
  record.add(new TextEncoder().encode(pin));
}
