import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import * as dnsPacket from 'dns-packet';
import { Fault } from '../../signer/errors.ts';

export interface Reply {
  readonly rcode: string;
  /** Authenticated data: the resolver has validated all of answer and authority. */
  readonly ad: boolean;
  readonly answers: readonly dnsPacket.Answer[];
  readonly authority: readonly dnsPacket.Answer[];
}

export interface Server {
  readonly address: string;
  readonly port: number;
}

type Packet = dnsPacket.DecodedPacket & { readonly rcode: string };

const UDP_PAYLOAD = 1232;
const FLAG_DO = 0x8000;

/** Asks one server one question with DNSSEC OK; over TCP where the answer over UDP was cut. @throws Fault setup/no-answer */
export async function ask(server: Server, name: string, type: string, timeoutMs = 5000, recordClass: 'IN' | 'CH' = 'IN'): Promise<Reply> {
  const query: dnsPacket.Packet = {
    type: 'query',
    id: Math.floor(Math.random() * 65536),
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type: type as dnsPacket.RecordType, class: recordClass }],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: UDP_PAYLOAD, extendedRcode: 0, ednsVersion: 0, flags: FLAG_DO, flag_do: true, options: [] },
    ],
  };
  const expired = AbortSignal.timeout(timeoutMs);
  const short = await overUdp(server, query, expired);
  const packet = short.flag_tc ? await overTcp(server, query, expired) : short;
  return { rcode: packet.rcode, ad: packet.flag_ad, answers: packet.answers ?? [], authority: packet.authorities ?? [] };
}

async function overUdp(server: Server, query: dnsPacket.Packet, expired: AbortSignal): Promise<Packet> {
  const socket = createSocket({ type: isIPv6(server.address) ? 'udp6' : 'udp4' });
  const { promise, resolve, reject } = Promise.withResolvers<Packet>();
  const giveUp = (): void => reject(noAnswer(server, query, 'no answer over UDP in time'));
  expired.addEventListener('abort', giveUp);
  socket.on('error', (cause) => reject(noAnswer(server, query, 'UDP failed', cause)));
  socket.on('message', (message) => {
    try {
      const packet = dnsPacket.decode(message) as Packet;
      if (packet.id === query.id) resolve(packet);
    } catch (cause) {
      reject(noAnswer(server, query, 'the answer cannot be read', cause));
    }
  });
  // With a callback a failing connect is not an 'error' event.
  const connected = (cause?: Error): void =>
    cause === undefined ? socket.send(dnsPacket.encode(query)) : reject(noAnswer(server, query, 'UDP failed', cause));
  try {
    socket.connect(server.port, server.address, connected);
    return await promise;
  } finally {
    expired.removeEventListener('abort', giveUp);
    socket.close();
  }
}

async function overTcp(server: Server, query: dnsPacket.Packet, expired: AbortSignal): Promise<Packet> {
  const socket = connect({ host: server.address, port: server.port, signal: expired });
  try {
    socket.write(dnsPacket.streamEncode(query));
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) return dnsPacket.streamDecode(received) as Packet;
    }
    throw new Error('connection closed before the end of the answer');
  } catch (cause) {
    throw noAnswer(server, query, 'TCP failed', cause);
  } finally {
    socket.destroy();
  }
}

function noAnswer(server: Server, query: dnsPacket.Packet, why: string, cause?: unknown): Fault {
  const question = query.questions?.[0];
  return new Fault(
    'setup/no-answer',
    `${server.address}:${server.port} asked for ${question?.name} ${question?.type}: ${why}`,
    'look into the log of the server',
    { cause },
  );
}
