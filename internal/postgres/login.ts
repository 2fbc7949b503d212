import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { ConnectionOptions } from 'node:tls';
import type pg from 'pg';
import pgpass from 'pgpass';
import type { DatabaseAddress, Host } from './url.ts';

/** Returns how to log in to one of the hosts. Called for every connection: files and passwords may be replaced meanwhile. */
export function loginAt(
  host: Host,
  address: DatabaseAddress,
  { iamAuth }: { readonly iamAuth: boolean },
): pg.ClientConfig {
  const { user, database } = address;
  const ssl = tlsOf(address);
  const password = passwordOf(host, address, iamAuth);
  return {
    ...address.parameters,
    ...host,
    ...(user === undefined ? {} : { user }),
    ...(database === undefined ? {} : { database }),
    ...(ssl === undefined ? {} : { ssl }),
    ...(password === undefined ? {} : { password }),
  };
}

/**
 * Returns undefined when the URL says nothing about TLS: then PGSSLMODE decides.
 * @throws Error when a file cannot be read
 */
function tlsOf({
  sslMode,
  sslRootCert,
  sslCert,
  sslKey,
}: DatabaseAddress): ConnectionOptions | false | undefined {
  if (sslMode === undefined && sslRootCert === undefined && sslCert === undefined) return undefined;
  if (sslMode === 'disable') return false;
  return {
    ...(sslRootCert === undefined || sslRootCert === 'system'
      ? {}
      : { ca: readFileSync(sslRootCert, 'utf8') }),
    ...(sslCert === undefined ? {} : { cert: readFileSync(sslCert, 'utf8') }),
    ...(sslKey === undefined ? {} : { key: readFileSync(sslKey, 'utf8') }),
    ...(sslMode === 'no-verify' ? { rejectUnauthorized: false } : {}),
    // The chain is verified, the name is not: Cloud SQL's certificates have none.
    ...(sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}

type Password = NonNullable<pg.ClientConfig['password']>;

/** Undefined for PGPASSWORD, which the driver reads itself. */
function passwordOf({ host, port }: Host, address: DatabaseAddress, iamAuth: boolean): Password | undefined {
  if (iamAuth) return () => iamToken(host, port, address.user ?? '');
  if (address.password !== undefined) return address.password;
  if ((process.env['PGPASSWORD'] ?? '') !== '') return undefined;
  const { user, database } = address;
  return () =>
    new Promise((resolve) => pgpass({ host, port, user, database }, (found) => resolve(found ?? '')));
}

/** Returns an RDS token for use as a password; it is valid for 15 minutes and needed only for connecting. */
async function iamToken(hostname: string, port: number, username: string): Promise<string> {
  const { Signer } = await import('@aws-sdk/rds-signer');
  // NAME.ID.REGION.rds.amazonaws.com; otherwise the region comes from the environment.
  const region = /\.([a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?$/.exec(hostname)?.[1];
  return new Signer({ hostname, port, username, ...(region === undefined ? {} : { region }) }).getAuthToken();
}
