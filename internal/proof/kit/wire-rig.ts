import { onTestFinished } from 'vitest';
import { openWire, type WireSettings } from '../../http/wire.ts';
import type { WireRequest } from '../../sender/wire/ports.ts';
import { type RawOptions, startRawServer } from './raw-server.ts';

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** A response that keeps the connection. */
export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/** A wire for a test, which may dial this machine without TLS. */
export function openTestWire(more: Partial<WireSettings> = {}) {
  const wire = openWire({
    allowHttp: true,
    allowCidrs: ['127.0.0.0/8'],
    dns: 'resolver',
    caFile: undefined,
    log: { info: () => {}, warn: () => {} },
    ...more,
  });
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return wire;
}

/** A server for a test. */
export async function serveRaw(reply: RawOptions['reply'], more: Omit<RawOptions, 'reply'> = {}) {
  const server = await startRawServer({ reply, ...more });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** A small request. */
export function requestTo(url: string, timeoutMs = 5_000): WireRequest {
  return {
    url,
    headers: { 'content-type': 'application/json', 'webhook-id': 'm1' },
    body: Buffer.from('{"a":"ü"}'),
    timeoutMs,
  };
}
