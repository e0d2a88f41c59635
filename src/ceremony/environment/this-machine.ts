import { realpathSync } from 'node:fs';
import { modulePathOf, parsePkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { Refusal } from '../../../signer/errors.ts';
import type { Config } from '../../config/config.ts';
import { BUILT } from '../../version.ts';
import { programHash } from '../../workspace/program-hash.ts';
import { readWorkspace } from '../../workspace/read-only.ts';
import { checkEnvironment } from './check-environment.ts';
import type { EnvironmentFinding } from './checks.ts';
import { type Machine, machineAt } from './machine.ts';
import { usbDevices } from './usb.ts';

/**
 * Looks at the machine that the program runs on, as the configuration in force asks for. What is connected by USB now is the list that later ones
 * are held against.
 *
 * @param dir the workspace; undefined: the nearest one
 * @param clock unix seconds
 * @returns looks when it is called, with what loggedFindings makes of it
 * @throws Refusal workspace/…, when it looks
 */
export function machineCheck(
  dir: string | undefined,
  clock: () => number,
  machine: Machine = machineAt(),
): () => readonly EnvironmentFinding[] {
  // A machine that has no USB now may get some.
  const usbBefore = usbDevices(machine) ?? [];
  return () => {
    const { config, state, paths } = readWorkspace(dir);
    return checkEnvironment(machine, {
      policy: config.ceremony,
      mode: state.mode,
      program: programHash(),
      modules: modulePaths(config),
      workspace: realpathSync(paths.root),
      now: clock(),
      built: BUILT,
      lastEntry: state.clock === undefined ? undefined : Date.parse(state.clock.time) / 1000,
      usbBefore,
    });
  };
}

/** Of all tokens of the configuration, each once. */
function modulePaths({ tokens }: Config): readonly string[] {
  const uris = Object.values(tokens).flat().map(parsePkcs11Uri);
  return [...new Set(uris.map((uri) => pathOf(uri)))].sort();
}

/** A module that is not there is for the finding to tell. */
function pathOf(uri: ReturnType<typeof parsePkcs11Uri>): string {
  try {
    return modulePathOf(uri);
  } catch (error) {
    if (error instanceof Refusal && uri.modulePath !== undefined) return uri.modulePath;
    throw error;
  }
}
