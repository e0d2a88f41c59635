import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openKeystore } from '../../keystore/keystore.ts';
import { Pin } from '../../keystore/pin/pin.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { Lane, type LaneOptions } from '../../keystore/pkcs11/lane.ts';
import { SigningPool } from '../../keystore/pkcs11/pool.ts';
import { modulePathOf } from '../../keystore/pkcs11/uri.ts';
import { parseName } from '../../signer/dns/name.ts';
import { withToken } from '../support/token.ts';

test('replicas of each role on tokens of their own: more than ten are open, and node has nothing to warn of', async () => {
  const options: LaneOptions = { module: '/no/module.so', match: { token: 'none' }, process: {}, watchdogMs: 1000 };
  const before = process.listenerCount('exit');
  const warned = Promise.race([
    once(process, 'warning').then(([warning]) => warning as Error),
    new Promise((done) => setImmediate(done, 'none')),
  ]);
  {
    using stack = new DisposableStack();
    const pin = stack.use(new Pin({ kind: 'file', path: '/no/pin' }, 'PIN'));
    for (let i = 0; i < 20; i++) stack.use(new SigningPool(new Lane(options, pin)));
    expect(await warned).toBe('none');
    expect(process.listenerCount('exit')).toBe(before + 1);
  }
  expect(process.listenerCount('exit')).toBe(before);
});

test('the number of a key names it for one session: after a new one it names no other key', () =>
  withToken(async (token) => {
    const labels: string[] = [];
    {
      await using keystore = await openKeystore({ uri: token.uri, pin: choosePinSource(token.uri), workers: 1 });
      for (const zone of ['a.example.', 'b.example.'])
        labels.push((await keystore.generate({ zone: parseName(zone), role: 'zsk', algorithm: 13 })).label);
    }
    using pin = new Pin(choosePinSource(token.uri), 'PIN');
    const { uri } = token;
    const options: LaneOptions = {
      module: modulePathOf(uri),
      match: { token: uri.token! },
      process: { softhsmConf: uri.softhsmConf! },
      watchdogMs: 30_000,
    };
    using lane = new Lane(options, pin);
    await lane.start();
    const prepare = async (label: string): Promise<number> => {
      const [found] = await lane.ask('list-keys', { label });
      const order = { id: found!.id, label, algorithm: 13, signatureOctets: 64, trial: Uint8Array.of(1) };
      return (await lane.ask('prepare', order)).key;
    };
    const old = await prepare(labels[0]!);
    await lane.recover('session', lane.era);
    await prepare(labels[1]!);
    const stale = lane.ask('sign', { key: old, bytes: Uint8Array.of(2), ends: Uint32Array.of(1) });
    await expect(stale).rejects.toMatchObject({ failure: { kind: 'session' } });
  }));
