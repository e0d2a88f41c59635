import pkcs11js from 'pkcs11js';

/** A process that loads the module named by its argument, and ends: for the dynamic linker's report on it. Never initialised, never logged in. */
const path = process.argv[2];
if (path === undefined) process.exit(2);
const library = new pkcs11js.PKCS11();
library.load(path);
process.exit(0);
