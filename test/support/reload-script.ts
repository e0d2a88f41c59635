import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApplyConfig, NO_JUDGES, type ServerConfig } from '../../src/apply/apply-config.ts';
import { type Applied, type ApplyRequest, applyRelease } from '../../src/apply/apply-release.ts';
import { CARRIED_ZONE, KeptIo, type SigningSide } from './carried-release.ts';

/** A name server that is a shell script: it notes what it was called with, and fails as often as it is told to. */
export class ScriptServer {
  readonly dir: string;
  readonly config: ServerConfig;

  constructor(dir: string, changes: Partial<ServerConfig> = {}) {
    this.dir = dir;
    mkdirSync(join(dir, 'zones'), { recursive: true });
    const script = join(dir, 'reload.sh');
    const text = `#!/bin/sh
cd '${dir}' || exit 9
echo "$*" >> calls
left=$(cat failures 2>/dev/null || echo 0)
if [ "$left" -eq 0 ]; then
  cat zones/signed.example.signed > loaded 2>/dev/null
  exit 0
fi
echo $((left - 1)) > failures
echo "cannot load $1"
exit 3
`;
    writeFileSync(script, text, { mode: 0o755 });
    const zoneDir = join(dir, 'zones');
    this.config = {
      kind: 'bind',
      zoneDir,
      file: '{zone}.signed',
      reload: [script, 'reload', '{zone}'],
      check: undefined,
      timeLimit: 20,
      ask: undefined,
      ...changes,
    };
  }

  get file(): string {
    return join(this.config.zoneDir, 'signed.example.signed');
  }

  /** Content of the zone file; empty where there is none. */
  get content(): string {
    return existsSync(this.file) ? readFileSync(this.file, 'utf8') : '';
  }

  /** The zone as the server has loaded it. */
  get loaded(): string {
    return readFileSync(join(this.dir, 'loaded'), 'utf8');
  }

  get calls(): readonly string[] {
    const log = join(this.dir, 'calls');
    return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
  }

  /** Every name in the folder of the zones, hidden ones too. */
  get names(): readonly string[] {
    return readdirSync(this.config.zoneDir).sort();
  }

  get modified(): number {
    return statSync(this.file).mtimeMs;
  }

  fail(times: number): void {
    writeFileSync(join(this.dir, 'failures'), `${times}`);
  }
}

/** The connected side, with script servers. */
export class ApplyBench {
  readonly side: SigningSide;
  readonly servers: readonly ScriptServer[];
  readonly config: ApplyConfig;
  told = '';

  constructor(
    side: SigningSide,
    options: { readonly servers?: number; readonly server?: Partial<ServerConfig>; readonly config?: Partial<ApplyConfig> } = {},
  ) {
    this.side = side;
    this.servers = Array.from({ length: options.servers ?? 1 }, (_, i) => new ScriptServer(side.path(`server-${i}`), options.server));
    const { key } = side;
    const servers = this.servers.map(({ config }) => config);
    this.config = {
      keys: [key],
      servers,
      state: side.path('state'),
      judges: NO_JUDGES,
      practice: false,
      margin: undefined,
      ...options.config,
    };
  }

  get server(): ScriptServer {
    return this.servers[0]!;
  }

  /** Serials that the record of the zone has; empty where there is no record. */
  get applied(): readonly number[] {
    const record = join(this.config.state, `${CARRIED_ZONE}json`);
    return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).releases.map((r: { serial: number }) => r.serial) : [];
  }

  async apply(folder: string, changes: Partial<ApplyRequest> = {}): Promise<Applied> {
    const io = new KeptIo();
    try {
      return await applyRelease({ folder, config: this.config, now: this.side.now, nowGiven: false, threads: 1, ...changes }, io);
    } finally {
      this.told = io.text;
    }
  }

  /** The code it is refused with. */
  async refusal(folder: string, changes: Partial<ApplyRequest> = {}): Promise<{ readonly code: string; readonly message: string }> {
    try {
      const { outcome } = await this.apply(folder, changes);
      return { code: outcome, message: '' };
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      if (code === undefined) throw error;
      return { code, message };
    }
  }
}
