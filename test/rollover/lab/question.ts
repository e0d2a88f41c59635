import { connect } from 'node:net';
import * as dnsPacket from 'dns-packet';

export interface Verdict {
  readonly rcode: string;
  /** Authenticated data: the resolver has validated all of answer and authority. */
  readonly ad: boolean;
  /** RFC 8914: the info code of the first Extended DNS Error, where there is one. */
  readonly ede?: number;
  /** Records of the answer section. */
  readonly answers: readonly dnsPacket.Answer[];
}

const HOST = '127.0.0.1';
const PAYLOAD = 4096;
const FLAG_DO = 0x8000;
const OPTION_EDE = 15;
const WITHIN_MS = 20_000;

/**
 * Asks one server of this host, DNSSEC OK, over a TCP connection of its own.
 * Design note: unbound looks at the clock once for all the UDP packets that it finds waiting. A question sent right after an answer came in,
 * and after the clock was moved, could be answered for the time before. A new connection is an event of its own.
 * @throws Error where no answer comes
 */
export async function askOnce(port: number, name: string, type: string): Promise<Verdict> {
  const socket = connect({ host: HOST, port, signal: AbortSignal.timeout(WITHIN_MS) });
  try {
    socket.write(
      dnsPacket.streamEncode({
        type: 'query',
        id: Math.floor(Math.random() * 65536),
        flags: dnsPacket.RECURSION_DESIRED,
        questions: [{ name, type: type as dnsPacket.RecordType, class: 'IN' }],
        additionals: [
          { type: 'OPT', name: '.', udpPayloadSize: PAYLOAD, extendedRcode: 0, ednsVersion: 0, flags: FLAG_DO, flag_do: true, options: [] },
        ],
      }),
    );
    let received = Buffer.alloc(0);
    for await (const piece of socket) {
      received = Buffer.concat([received, piece]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) return read(received);
    }
    throw new Error(`${HOST}:${port} asked for ${name} ${type}: the connection was closed before the end of the answer`);
  } finally {
    socket.destroy();
  }
}

function read(message: Buffer): Verdict {
  const packet = dnsPacket.streamDecode(message) as dnsPacket.DecodedPacket & { readonly rcode: string };
  const options = (packet.additionals ?? []).flatMap((record) => (record.type === 'OPT' ? record.options : []));
  const error = options.find((option) => Number(option.code) === OPTION_EDE);
  const ede = error === undefined ? {} : { ede: (error as unknown as { readonly data: Buffer }).data.readUInt16BE(0) };
  return { rcode: packet.rcode, ad: packet.flag_ad, ...ede, answers: packet.answers ?? [] };
}
