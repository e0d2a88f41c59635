/**
 * What an ELF shared library needs and is made of, read from its octets: no loader runs it.
 * Layouts: System V ABI, chapters 4 and 5 (64-bit, little-endian: what Linux on x86-64 and AArch64 has).
 */

const MAGIC = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46);
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_NULL = 0n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly octets: number;
}

/** Names of the libraries in the DT_NEEDED entries, in their order. @returns undefined for what is not such a library */
export function neededLibraries(file: Uint8Array): readonly string[] | undefined {
  try {
    return readNeeded(file);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readNeeded(file: Uint8Array): readonly string[] | undefined {
  if (!MAGIC.every((octet, i) => file[i] === octet) || file[4] !== CLASS_64 || file[5] !== LITTLE_ENDIAN) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const segments = readSegments(view);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) return [];
  const names: number[] = [];
  let strings: bigint | undefined;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.octets; at += 16) {
    const tag = view.getBigInt64(at, true);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) names.push(Number(view.getBigUint64(at + 8, true)));
    if (tag === DT_STRTAB) strings = view.getBigUint64(at + 8, true);
  }
  const table = strings === undefined ? undefined : fileOffset(segments, strings);
  return table === undefined ? undefined : names.map((name) => textAt(file, table + name));
}

function readSegments(view: DataView): Segment[] {
  const start = Number(view.getBigUint64(32, true));
  const size = view.getUint16(54, true);
  return Array.from({ length: view.getUint16(56, true) }, (_, i) => {
    const at = start + i * size;
    return {
      type: view.getUint32(at, true),
      offset: Number(view.getBigUint64(at + 8, true)),
      address: view.getBigUint64(at + 16, true),
      octets: Number(view.getBigUint64(at + 32, true)),
    };
  });
}

/** Where in the file an address of the loaded library is. */
function fileOffset(segments: readonly Segment[], address: bigint): number | undefined {
  const home = segments.find((s) => s.type === PT_LOAD && address >= s.address && address < s.address + BigInt(s.octets));
  return home === undefined ? undefined : home.offset + Number(address - home.address);
}

/** @throws RangeError where the text does not end in the file */
function textAt(file: Uint8Array, start: number): string {
  const end = file.indexOf(0, start);
  if (end < 0) throw new RangeError('a name without end');
  return new TextDecoder().decode(file.subarray(start, end));
}
