import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const VALID_DAYS = 30;

/** DER of the object identifiers that are used. */
const OID = {
  ecdsaWithSha256: '06082a8648ce3d040302',
  commonName: '0603550403',
  basicConstraints: '0603551d13',
  subjectAltName: '0603551d11',
} as const;

/**
 * Makes a certificate for localhost, 127.0.0.1 and the given host that signs itself, for tests and trials: node:crypto
 * reads certificates and cannot make any. Its fields are those of RFC 5280, section 4.1.
 */
export function makeCertificate(host: string, now = Date.now()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = certificateBody(host, publicKey, now);
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, sequence(oid('ecdsaWithSha256')), bitString(signature));
  const base64 = (der.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

function certificateBody(host: string, publicKey: KeyObject, now: number): Buffer {
  const name = sequence(set(sequence(oid('commonName'), tagged(0x0c, Buffer.from('receivers')))));
  const names = [...new Set(['localhost', '127.0.0.1', host])].map(alternativeName);
  const extensions = sequence(
    sequence(oid('basicConstraints'), octets(sequence(tagged(0x01, Buffer.of(0xff))))),
    sequence(oid('subjectAltName'), octets(sequence(...names))),
  );
  return sequence(
    tagged(0xa0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    sequence(oid('ecdsaWithSha256')),
    name,
    sequence(time(now - DAY_MS), time(now + VALID_DAYS * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  );
}

/** An IPv4 address, or a DNS name. */
function alternativeName(host: string): Buffer {
  return isIPv4(host)
    ? tagged(0x87, Buffer.from(host.split('.').map(Number)))
    : tagged(0x82, Buffer.from(host));
}

/** UTCTime, which has two digits of the year: right until 2049. */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/\.\d+/, '').replaceAll(/[-:T]/g, '').slice(2);
  return tagged(0x17, Buffer.from(text));
}

function oid(name: keyof typeof OID): Buffer {
  return Buffer.from(OID[name], 'hex');
}

const sequence = (...parts: readonly Buffer[]) => tagged(0x30, Buffer.concat(parts));
const set = (part: Buffer) => tagged(0x31, part);
const integer = (value: Buffer) => tagged(0x02, value);
const octets = (value: Buffer) => tagged(0x04, value);
const bitString = (value: Buffer) => tagged(0x03, Buffer.concat([Buffer.of(0), value]));

/** Tag, length and value, as DER has them. */
function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), value]);
}
