import { createSocket } from 'node:dgram';

const HEADER_BYTES = 12;
const TYPE_A = 1;

interface DnsServer extends AsyncDisposable {
  /** For `setServers` of node:dns. */
  readonly address: string;
}

/**
 * Answers every question for an IPv4 address with one of these, in turn, valid for no time; there are none of IPv6.
 * RFC 1035, section 4.
 */
export async function startDnsServer(addresses: readonly string[]): Promise<DnsServer> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (query, from) => {
    const endOfName = query.indexOf(0, HEADER_BYTES) + 1;
    const question = query.subarray(HEADER_BYTES, endOfName + 4);
    const isA = query.readUInt16BE(endOfName) === TYPE_A;
    const header = Buffer.from(query.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(0x8180, 2); // a response without an error
    header.writeUInt16BE(isA ? 1 : 0, 6); // answers
    header.writeUInt32BE(0, 8); // no other records
    const address = addresses[asked % addresses.length] ?? '';
    if (isA) asked += 1;
    const answer = isA
      ? [
          Buffer.of(0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4),
          Buffer.from(address.split('.').map(Number)),
        ]
      : [];
    socket.send(Buffer.concat([header, question, ...answer]), from.port, from.address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${socket.address().port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}
