import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Did } from './got.ts';

interface Visit {
  readonly response: ServerResponse;
  /** Says what becomes of the request, before the sender can know it. */
  readonly did: (status: Did) => void;
  /** Whether the sender has closed the connection. */
  readonly isGone: () => boolean;
}

/** How a receiver answers a request. */
export type Manner = (visit: Visit) => void | Promise<void>;

const DELAY_MS = { from: 2, to: 12 };
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

async function think(): Promise<void> {
  await sleep(DELAY_MS.from + Math.random() * (DELAY_MS.to - DELAY_MS.from));
}

function answer({ response, did, isGone }: Visit, status: number, headers = {}): void {
  if (isGone()) return;
  did(status);
  response.writeHead(status, headers).end();
}

/** 200, soon. */
export const FRIENDLY: Manner = async (visit) => {
  await think();
  answer(visit, 200);
};

export function answers(status: number, headers: Readonly<Record<string, string>> = {}): Manner {
  return async (visit) => {
    await think();
    answer(visit, status, headers);
  };
}

/** Some of the requests fail with 500, others are reset. */
export const unreliable: Manner = async (visit) => {
  await think();
  const fate = Math.random();
  if (fate < 0.2) answer(visit, 500);
  else if (fate < 0.3) reset(visit, 'reset');
  else answer(visit, 200);
};

/** The first `times` requests, and then friendly. */
export function atFirst(times: number, manner: Manner): Manner {
  let left = times;
  return (visit) => {
    left -= 1;
    return left >= 0 ? manner(visit) : FRIENDLY(visit);
  };
}

function reset({ response, did, isGone }: Visit, status: Did): void {
  if (isGone()) return;
  did(status);
  const { socket } = response;
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

/** It takes the message, but its answer never leaves. */
export const loseAnswer: Manner = async (visit) => {
  await think();
  reset(visit, 'lost');
};

/** No answer. */
export const hang: Manner = () => {};

const served = new WeakMap<Socket, number>();

/** Resets connections that were used before, and closes idle ones at about the time at which they are used again. */
export const resetReused: Manner = async (visit) => {
  const { socket } = visit.response;
  if (socket === null) return;
  const before = served.get(socket) ?? 0;
  served.set(socket, before + 1);
  if (before > 0 && Math.random() < 0.5) return reset(visit, 'reset');
  await think();
  answer(visit, 200);
  setTimeout(() => socket.end(), Math.random() * 30);
};

/** Writes bytes of its own until the sender leaves. `takes`: whether these begin with headers that say 2xx or else. */
function raw(status: Did, begin: string, piece: () => string | Buffer, everyMs: number, most = GIB): Manner {
  return async ({ response, did, isGone }) => {
    const { socket } = response;
    if (socket === null || isGone()) return;
    if (status !== 'hang') did(status);
    socket.write(begin);
    for (let written = 0; written < most && !socket.destroyed; ) {
      const bytes = piece();
      written += bytes.length;
      if (!socket.write(bytes)) await drained(socket);
      if (everyMs > 0) await sleep(everyMs);
    }
    socket.destroy();
  };
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

const CHUNK = Buffer.alloc(256 * 1024, 0x61);
const BOMB = gzipSync(Buffer.alloc(16 * MIB));
const DRIPPED = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/** A status line that comes a byte a second. */
export const dripHead: Manner = (visit) => {
  let at = 0;
  const next = () => DRIPPED[at++ % DRIPPED.length] ?? '';
  return raw('hang', '', next, 1_000)(visit);
};

/** Takes the message, and then sends its body a byte a second. */
export const dripBody = raw(200, 'HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n', () => 'x', 1_000);

export function hugeBody(status: number): Manner {
  return raw(status, `HTTP/1.1 ${status} Huge\r\ncontent-length: ${GIB}\r\n\r\n`, () => CHUNK, 0);
}

/** Refuses with a body that inflates to a thousand times its size, without end. */
export const gzipBomb = raw(
  500,
  `HTTP/1.1 500 Bomb\r\ncontent-encoding: gzip\r\ncontent-length: ${BOMB.length * 64}\r\n\r\n`,
  () => BOMB,
  0,
  BOMB.length * 64,
);

let nth = 0;
export const endlessHeaders = raw(
  'hang',
  'HTTP/1.1 200 OK\r\n',
  () => `x-${nth++}: ${'y'.repeat(200)}\r\n`,
  0,
  64 * MIB,
);

/** Early hints without end. */
export const earlyHints = raw(
  'hang',
  '',
  () => 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
  1,
  64 * MIB,
);
