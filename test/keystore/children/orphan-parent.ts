import { openKeystore } from '../../../keystore/keystore.ts';
import { choosePinSource } from '../../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../../keystore/pkcs11/uri.ts';

/** Opens the token of the URI in its argument, tells the ids of its children, and waits to be killed. */
const uri = parsePkcs11Uri(process.argv[2]!);
const keystore = await openKeystore({ uri, pin: choosePinSource(uri), workers: 2 });
await keystore.complete();
process.stdout.write(`${keystore.childPids.join(' ')}\n`);
setInterval(() => {}, 60_000);
