import { tokenMatch } from '../keystore.ts';
import type { LaneOptions } from '../pkcs11/lane.ts';
import { LoginDoubt } from '../pkcs11/login-doubt.ts';
import { modulePathOf, moduleSettings, type Pkcs11Uri } from '../pkcs11/uri.ts';

const WATCHDOG_MS = 30_000;

/** How the child processes of an examination are started. @throws Refusal token/bad-uri, token/no-module, token/spy-module */
export function trialLane(uri: Pkcs11Uri, module: string = modulePathOf(uri)): LaneOptions {
  return { module, match: tokenMatch(uri), process: moduleSettings(uri), watchdogMs: WATCHDOG_MS, doubt: new LoginDoubt() };
}
