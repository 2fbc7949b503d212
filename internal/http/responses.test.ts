import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { RawReply } from '../proof/kit/raw-server.ts';
import { never, OK, openTestWire, requestTo, serveRaw } from '../proof/kit/wire-rig.ts';

const TIMEOUT_MS = 500;

/** Writes a piece every few milliseconds until the connection is closed. */
function dripping(first: string | Buffer, piece: string | Buffer, everyMs = 5): RawReply {
  return (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(piece), everyMs);
    socket.on('close', () => clearInterval(timer));
  };
}

/** Writes as much as the connection takes, until it is closed. */
function flooding(first: string, piece: Buffer): RawReply {
  return (socket) => {
    socket.write(first);
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
  };
}

function closing(bytes: string | Buffer): RawReply {
  return (socket) => socket.end(bytes);
}

const resetting = (bytes: string) => (socket: Socket) =>
  socket.write(bytes, () => setImmediate(() => socket.resetAndDestroy()));

function body(text: string | Buffer, head = 'HTTP/1.1 500 Oops'): Buffer {
  const bytes = Buffer.from(text as string);
  return Buffer.concat([Buffer.from(`${head}\r\ncontent-length: ${bytes.length}\r\n\r\n`), bytes]);
}

const response = (status: number, more: object = {}) => ({ kind: 'response', status, ...more });
const failure = (kind: string, message: string) => ({ kind: 'failure', failure: kind, message });
const NOT_HTTP = (reason: string) => failure('protocol', `the response is not valid HTTP/1.1: ${reason}`);
const MANY = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
const NO_RESPONSE = failure('timeout', 'no response within 0.5 s');
const CLOSED = failure('reset', 'the connection was closed without a response');
const BROKEN = failure('reset', 'the connection broke in the middle of the response headers');
const NOTHING = { retryAfter: undefined, location: undefined, text: undefined };
const k = (n: number) => Buffer.alloc(n * 1_024, 'x');

const RESPONSES: [string, RawReply, object][] = [
  ['200 without a body', OK, response(200, NOTHING)],
  ['201 with a body', body('{"ok":true}', 'HTTP/1.1 201 Created'), response(201, NOTHING)],
  [
    '202 in HTTP/1.0 that ends with the connection',
    closing('HTTP/1.0 202 Accepted\r\n\r\nhello'),
    response(202),
  ],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', response(204, NOTHING)],
  ['204 with a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello', response(204)],
  ['200 whose body never comes', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n', response(200)],
  [
    '200 with a body of 1 byte in 5 ms',
    dripping('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n', 'x'),
    response(200),
  ],
  ['200 with a body without an end', flooding('HTTP/1.1 200 OK\r\n\r\n', k(64)), response(200)],
  ['200 with 1 GiB', flooding('HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n', k(64)), response(200)],
  [
    '200 whose chunks are garbage',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    response(200),
  ],
  [
    '200 that is reset in its body',
    resetting('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
    response(200),
  ],
  ['200 after 103 Early Hints', MANY.repeat(20) + OK, response(200)],
  ['200 after 102 Processing', `HTTP/1.1 102 Processing\r\n\r\n${OK}`, response(200)],
  ['200 with a status of its own name', 'HTTP/1.1 299 \r\ncontent-length: 0\r\n\r\n', response(299)],
  ['200 twice for one request', OK + OK, response(200)],
  ['500 with a text', body('no room'), response(500, { ...NOTHING, text: 'no room' })],
  ['500 without a body', body(''), response(500, NOTHING)],
  ['500 whose text begins with a byte order mark', body('\uFEFFtext'), response(500, { text: 'text' })],
  ['500 with NULs', body('a\0b'), response(500, { text: 'a\uFFFDb' })],
  ['500 in invalid UTF-8', body(Buffer.from([0x61, 0xff, 0x62])), response(500, { text: 'a\uFFFDb' })],
  [
    '500 with 2 kB of invalid UTF-8',
    body(Buffer.alloc(2_048, 0xff)),
    response(500, { text: '\uFFFD'.repeat(341) }),
  ],
  [
    '500 with half of a surrogate pair in UTF-8',
    body(Buffer.from([0xed, 0xa0, 0x80, 0x61])),
    response(500, { text: '\uFFFD\uFFFD\uFFFDa' }),
  ],
  [
    '500 with a character across the first kilobyte',
    body(`${'x'.repeat(1_023)}é`),
    response(500, { text: 'x'.repeat(1_023) }),
  ],
  ['500 with 100 kB', body(k(100)), response(500, { text: 'x'.repeat(1_024) })],
  [
    '500 without an end',
    flooding('HTTP/1.1 500 Oops\r\n\r\n', k(64)),
    response(500, { text: 'x'.repeat(1_024) }),
  ],
  [
    '500 whose body stops',
    'HTTP/1.1 500 Oops\r\ncontent-length: 10\r\n\r\nabc',
    response(500, { text: 'abc' }),
  ],
  [
    '500 that is closed in its body',
    closing('HTTP/1.1 500 Oops\r\ncontent-length: 10\r\n\r\nabc'),
    response(500, { text: 'abc' }),
  ],
  [
    '500 whose second chunk is garbage',
    'HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n',
    response(500, { text: 'abc' }),
  ],
  [
    '500 with a chunk extension without an end',
    dripping('HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n5;', 'x'),
    response(500, NOTHING),
  ],
  [
    '500 in gzip, which is not inflated',
    body(gzipSync(Buffer.alloc(10_000_000)), 'HTTP/1.1 500 Oops\r\ncontent-encoding: gzip'),
    response(500, { text: '(compressed: gzip)' }),
  ],
  ['301', body('', 'HTTP/1.1 301 Moved\r\nlocation: /elsewhere'), response(301, { location: '/elsewhere' })],
  [
    '302',
    body('', 'HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/'),
    response(302, { location: 'http://169.254.169.254/' }),
  ],
  ['303', body('', 'HTTP/1.1 303 See Other\r\nlocation: /a'), response(303, { location: '/a' })],
  [
    '307',
    body('', 'HTTP/1.1 307 Temporary\r\nlocation: /a\r\nlocation: /b'),
    response(307, { location: '/a' }),
  ],
  [
    '308 to 8 kB',
    body('', `HTTP/1.1 308 Permanent\r\nlocation: /${'a'.repeat(8_000)}`),
    response(308, { location: `/${'a'.repeat(1_022)}…` }),
  ],
  ['300 without a location', body('', 'HTTP/1.1 300 Choices'), response(300, NOTHING)],
  ['304', 'HTTP/1.1 304 Not Modified\r\n\r\n', response(304)],
  ['410', body('gone', 'HTTP/1.1 410 Gone'), response(410, { text: 'gone' })],
  ['429', body('', 'HTTP/1.1 429 Slow\r\nretry-after: 7'), response(429, { retryAfter: '7' })],
  [
    '503 with two times',
    body('', 'HTTP/1.1 503 Slow\r\nRetry-After: 7\r\nRetry-After: 9'),
    response(503, { retryAfter: '7' }),
  ],
  ['a status of 999', body('', 'HTTP/1.1 999 Odd'), response(999)],
  ['nothing, and the connection is closed', closing(''), CLOSED],
  ['nothing, and the connection is reset', (socket) => void socket.resetAndDestroy(), CLOSED],
  ['nothing', () => {}, NO_RESPONSE],
  ['headers of 1 byte in 5 ms', dripping('HTTP/1.1 200 OK\r\nx: ', 'x'), NO_RESPONSE],
  ['a status line without an end', dripping('HTTP/1.1 200 ', 'x'), NO_RESPONSE],
  ['half of the headers, then a close', closing('HTTP/1.1 200 OK\r\ncontent-'), BROKEN],
  ['half of the headers, then a reset', resetting('HTTP/1.1 200 OK\r\ncontent-'), BROKEN],
  [
    'headers without an end',
    flooding('HTTP/1.1 200 OK\r\n', Buffer.from(`x: ${'y'.repeat(1_000)}\r\n`)),
    failure('protocol', 'the response headers are larger than 16 kB'),
  ],
  [
    'a header of 300 kB',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(300_000)}\r\n\r\n`,
    failure('protocol', 'the response headers are larger than 16 kB'),
  ],
  [
    '100 times 103 Early Hints',
    MANY.repeat(100),
    failure('protocol', 'more than 20 informational responses came before the real one'),
  ],
  [
    '103 for ever',
    dripping(MANY, MANY, 1),
    failure('protocol', 'more than 20 informational responses came before the real one'),
  ],
  ['103 and nothing more', MANY, NO_RESPONSE],
  [
    '100 Continue, which nobody asked for',
    `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
    failure('protocol', 'the server sent 100 Continue, which it was not asked for'),
  ],
  [
    '101 to another protocol',
    'HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    failure('protocol', 'the server switched to another protocol'),
  ],
  ['garbage', '\u0001\u0002 garbage\r\n\r\n', NOT_HTTP('Expected HTTP/, RTSP/ or ICE/')],
  ['HTTP/0.9', closing('<html>hello</html>'), NOT_HTTP('Expected HTTP/, RTSP/ or ICE/')],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n', NOT_HTTP('Expected dot')],
  ['SMTP', '220 mail.example.com ESMTP\r\n', NOT_HTTP('Expected HTTP/, RTSP/ or ICE/')],
  ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', NOT_HTTP('Expected HTTP/, RTSP/ or ICE/')],
  ['TLS', Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]), NOT_HTTP('Expected HTTP/, RTSP/ or ICE/')],
  ['a status that is no number', 'HTTP/1.1 two OK\r\n\r\n', NOT_HTTP('Invalid status code')],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    failure('protocol', 'the response contradicts its content-length'),
  ],
  [
    'a length that is no number',
    'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n',
    NOT_HTTP('Invalid character in Content-Length'),
  ],
  [
    'a length beside chunks',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    failure('protocol', 'the response contradicts its content-length'),
  ],
  ['a header with a NUL', 'HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n', NOT_HTTP('Invalid header value char')],
  ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n', NOT_HTTP('Invalid header token')],
];

describe('a server that answers with', () => {
  it.each(RESPONSES)('%s', async (_name, reply, expected) => {
    const server = await serveRaw(() => reply);
    const answer = await openTestWire().post(
      requestTo(`http://127.0.0.1:${server.port}/`, TIMEOUT_MS),
      never,
    );
    expect(answer).toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
  });
});
