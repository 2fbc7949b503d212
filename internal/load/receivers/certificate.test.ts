import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeCertificate } from './certificate.ts';

it('makes a certificate that signs itself, for this machine and the given host, with its key', () => {
  const { cert, key } = makeCertificate('hooks.test');
  const made = new X509Certificate(cert);
  expect(made.verify(made.publicKey)).toBe(true);
  expect(made.checkIssued(made)).toBe(true);
  expect(made.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(made.ca).toBe(true);
  expect(made.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, DNS:hooks.test');
  expect(made.validFromDate.getTime()).toBeLessThan(Date.now());
  expect(made.validToDate.getTime()).toBeGreaterThan(Date.now());
});
