/** One server of a DATABASE_URL. */
export interface Host {
  /** Name or address without brackets, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** Modes of libpq, and `no-verify`. All but `disable`, `no-verify` and `verify-ca` verify chain and name, unlike in libpq. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const;
type SslMode = (typeof SSL_MODES)[number];

/** The contents of a DATABASE_URL. Files are named, not read: they may be replaced while the program runs. */
export interface DatabaseAddress {
  /** Tried in turn. */
  readonly hosts: readonly Host[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** Undefined when the URL does not set it. */
  readonly sslMode: SslMode | undefined;
  readonly sslRootCert: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  /** Whether only a server that takes writes is acceptable. */
  readonly readWrite: boolean;
  /** Parameters of the driver: statement_timeout, query_timeout, options and the like. */
  readonly parameters: Readonly<Record<string, string>>;
}

const DEFAULT_PORT = 5432;

/** Parameters of libpq that have no use here and can safely be ignored. */
const IGNORED = new Set(
  'application_name channel_binding client_encoding connect_timeout fallback_application_name gssencmode gsslib keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts pgbouncer requirepeer sslcompression sslnegotiation sslsni tcp_user_timeout'.split(
    ' ',
  ),
);
const OURS = new Set(
  'host port user password dbname sslmode sslrootcert sslcert sslkey target_session_attrs'.split(' '),
);
const OF_THE_DRIVER = new Set(
  'statement_timeout query_timeout lock_timeout idle_in_transaction_session_timeout options'.split(' '),
);

/** Says, after the variable's name, why a text is not a DATABASE_URL. Quotes no part of it that may be a password. */
class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
}

/**
 * Reads a URL as libpq does (PostgreSQL, "Connection URIs"): several hosts, and `?host=` for a folder of sockets, too.
 * @throws DatabaseUrlError
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const parts =
    /^postgres(?:ql)?:\/\/(?:(?<userinfo>[^/?#@]*)@)?(?<hosts>[^/?#@]*)(?:\/(?<database>[^?#@]*))?(?:\?(?<query>[^#]*))?$/i.exec(
      text,
    )?.groups;
  // Without a user, an @ among the parameters comes from a password with a question mark.
  const splitPassword = parts?.['userinfo'] === undefined && parts?.['query']?.includes('@') === true;
  if (parts === undefined || splitPassword) throw new DatabaseUrlError(whyNoUrl(text));
  const query = new Map(new URLSearchParams(parts['query']));
  const unknown = [...query.keys()].filter(
    (name) => !OURS.has(name) && !OF_THE_DRIVER.has(name) && !IGNORED.has(name),
  );
  if (unknown.length > 0)
    throw new DatabaseUrlError(
      `has unknown parameters: ${unknown.map((name) => JSON.stringify(name)).join(', ')}`,
    );
  const [user, ...password] = (parts['userinfo'] ?? '').split(':');
  const sslMode = query.get('sslmode');
  if (sslMode !== undefined && !isSslMode(sslMode))
    throw new DatabaseUrlError(`has an sslmode other than ${SSL_MODES.join(', ')}`);
  return {
    hosts: hostsOf(query.get('host') ?? parts['hosts'] ?? '', query.get('port')),
    user: decoded(user) ?? query.get('user'),
    password: decoded(password.join(':')) ?? query.get('password'),
    database: decoded(parts['database']) ?? query.get('dbname'),
    sslMode,
    sslRootCert: query.get('sslrootcert'),
    sslCert: query.get('sslcert'),
    sslKey: query.get('sslkey'),
    readWrite: ['read-write', 'primary'].includes(query.get('target_session_attrs') ?? ''),
    parameters: Object.fromEntries([...query].filter(([name]) => OF_THE_DRIVER.has(name))),
  };
}

function isSslMode(text: string): text is SslMode {
  return (SSL_MODES as readonly string[]).includes(text);
}

/** Parses `a,b:5433,[::1]:5434` or folders, with ports from a separate list as in `?port=5432,5433`. */
function hostsOf(list: string, ports: string | undefined): Host[] {
  const given = list === '' ? ['localhost'] : list.split(',');
  const givenPorts = ports?.split(',');
  return given.map((each, i) => {
    const match = /^(?:\[(?<address>[0-9a-f:.%]+)\]|(?<name>[^:[\]]*))(?::(?<port>\d{1,5}))?$/i.exec(
      decodeURIComponent(each),
    );
    const port = match?.groups?.['port'] ?? givenPorts?.[Math.min(i, givenPorts.length - 1)];
    const number = port === undefined || port === '' ? DEFAULT_PORT : Number(port);
    if (match === null || !(number >= 1 && number <= 65_535))
      throw new DatabaseUrlError(
        'has an invalid host or port: expected host, host:port, [IPv6]:port, or several separated by commas',
      );
    return { host: match.groups?.['address'] ?? (match.groups?.['name'] || 'localhost'), port: number };
  });
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseUrlError(`${ESCAPE}; a % that escapes nothing is written %25`);
  }
}

const ESCAPE =
  'holds characters that must be escaped in a user name or password: @ as %40, : as %3A, / as %2F, ? as %3F, # as %23';

/** An @ after the first / ? or #, or a second one, comes from a password that was not escaped. */
function whyNoUrl(text: string): string {
  const rest = /^postgres(?:ql)?:\/\/(?<rest>.*)$/is.exec(text)?.groups?.['rest'];
  if (rest === undefined) return 'must be a URL such as postgres://user:password@localhost:5432/events';
  const at = rest.indexOf('@');
  const firstEnd = rest.search(/[/?#]/);
  const escapes =
    at !== -1 &&
    (rest.indexOf('@', at + 1) !== -1 || (firstEnd !== -1 && firstEnd < at) || rest.includes('#'));
  return escapes ? ESCAPE : 'must be a URL such as postgres://user:password@localhost:5432/events';
}
