import { openKeystore } from '../../../keystore/keystore.ts';
import { choosePinSource } from '../../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../../keystore/pkcs11/uri.ts';

/** Opens the token of the URI in its argument, its PIN from the URI or from descriptor 3, uses it, and waits to be killed. */
const uri = parsePkcs11Uri(process.argv[2]!);
const keystore = await openKeystore({ uri, pin: choosePinSource(uri, 3), workers: 2 });
await keystore.complete();
await keystore.findKeys({});
process.stdout.write('ready\n');
setInterval(() => {}, 60_000);
