import type { WireAnswer, WireFailure } from '../sender/wire/ports.ts';

/** Why there is no connection. The message is for the log of attempts. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  readonly failure: WireFailure;

  constructor(failure: WireFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

export function failed(failure: WireFailure, message: string): WireAnswer {
  return { kind: 'failure', failure, message };
}

/** The code of an error of Node or undici; empty without one. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  CERT_REVOKED: 'the certificate was revoked',
  CERT_UNTRUSTED: 'the certificate is not trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain ends in a root that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate chain is incomplete: the server has to send its intermediate certificates too',
  UNABLE_TO_GET_ISSUER_CERT:
    'the certificate chain is incomplete: the server has to send its intermediate certificates too',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the issuer of the certificate is not known here: the chain is incomplete, or the issuer is private',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  HOSTNAME_MISMATCH: 'the certificate is for another host name',
};

function isTls(code: string): boolean {
  return (
    code in CERTIFICATE ||
    code.startsWith('ERR_SSL_') ||
    code.startsWith('ERR_TLS_') ||
    code.startsWith('CERT_') ||
    code === 'EPROTO'
  );
}

function wordsOfTls(code: string): string {
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return 'the server does not speak TLS at this port';
  return CERTIFICATE[code] ?? `TLS failed (${code})`;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ETIMEDOUT: 'there is no answer from the address',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
};

/**
 * What the error of a socket that was being connected means.
 * @param reached whether the TCP connection was there, and TLS failed
 */
export function connectFailureOf(error: unknown, reached: boolean): ConnectFailure {
  if (error instanceof ConnectFailure) return error;
  const code = codeOf(error);
  if (isTls(code) || reached)
    return new ConnectFailure(
      'tls',
      isTls(code) ? wordsOfTls(code) : 'the server closed the connection during the TLS handshake',
    );
  return new ConnectFailure(
    'connect',
    UNREACHABLE[code] ?? `no connection${code === '' ? '' : ` (${code})`}`,
  );
}

/** Codes of a connection that went away: of the system, and undici's for a socket that was closed. */
const BROKEN = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET']);

/** Whether a connection broke, rather than that the other side sent what is no HTTP. */
export function isBroken(error: unknown): boolean {
  // undici has one code for sockets that were closed and for two kinds of responses that it does not accept.
  return BROKEN.has(codeOf(error)) && !(error instanceof Error && error.message.startsWith('bad '));
}

/**
 * What the error of a request means.
 * @param began whether any byte of a response had arrived
 */
export function failureOf(error: unknown, began: boolean): WireAnswer {
  if (error instanceof ConnectFailure) return failed(error.failure, error.message);
  const code = codeOf(error);
  if (isBroken(error))
    return failed(
      'reset',
      began
        ? 'the connection broke in the middle of the response headers'
        : 'the connection was closed without a response',
    );
  // TLS 1.3 refuses client certificates only after the handshake.
  if (isTls(code)) return failed('tls', wordsOfTls(code));
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
    return failed('stopped', 'the sender is stopping');
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return failed('protocol', 'the response headers are larger than 16 kB');
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED')
    return failed('bad_url', 'the URL or a header cannot be sent over HTTP');
  return failed('protocol', wordsOfProtocol(error, code));
}

function wordsOfProtocol(error: unknown, code: string): string {
  const { message } = error instanceof Error ? error : new Error('');
  if (message === 'bad response') return 'the server sent 100 Continue, which it was not asked for';
  if (message === 'bad upgrade') return 'the server switched to another protocol';
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'the response contradicts its content-length';
  // The parser's own words, which contain nothing of the response.
  const [, reason] = /^Response does not match the HTTP\/1\.1 protocol \((.+)\)$/.exec(message) ?? [];
  return `the response is not valid HTTP/1.1${reason === undefined ? '' : `: ${reason}`}`;
}
