export type ServerKind = 'bind' | 'nsd' | 'knot' | 'powerdns';

export const SERVER_KINDS: readonly ServerKind[] = ['bind', 'nsd', 'knot', 'powerdns'];

/** Program and arguments; `{zone}` and `{file}` stand for the values. No shell ever sees them. */
export type Command = readonly string[];

interface KindDefaults {
  /** Makes the server load the zone from its file. */
  readonly reload: Command;
  /** Loads the new file as the server would, before it is placed. Absent: the server has no such program. */
  readonly check: Command | undefined;
}

/**
 * `named-checkzone -i local`: the default would ask the DNS about names outside of the zone. PowerDNS checks only zones that its backend
 * has already.
 */
export const KIND_DEFAULTS: Readonly<Record<ServerKind, KindDefaults>> = {
  bind: {
    reload: ['rndc', 'reload', '{zone}'],
    check: ['named-checkzone', '-i', 'local', '-k', 'ignore', '{zone}', '{file}'],
  },
  nsd: { reload: ['nsd-control', 'reload', '{zone}'], check: ['nsd-checkzone', '{zone}', '{file}'] },
  knot: { reload: ['knotc', 'zone-reload', '{zone}'], check: ['kzonecheck', '-o', '{zone}', '{file}'] },
  powerdns: { reload: ['pdns_control', 'bind-reload-now', '{zone}'], check: undefined },
};

export interface CommandValues {
  /** Without the last dot; `.` for the root. */
  readonly zone: string;
  /** Path of the zone file. */
  readonly file: string;
}

/** Fills in the values; one argument stays one argument whatever they hold. */
export function expandCommand(command: Command, values: CommandValues): Command {
  return command.map((word) => word.replace(/\{(zone|file)\}/g, (_match, name: keyof CommandValues) => values[name]));
}

/** @returns what stands in braces in a command and is neither zone nor file */
export function unknownPlaceholder(command: Command): string | undefined {
  return command.flatMap((word) => [...word.matchAll(/\{([A-Za-z-]+)\}/g)]).find(([, name]) => name !== 'zone' && name !== 'file')?.[0];
}
