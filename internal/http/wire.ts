import { Agent } from 'undici';
import type { Log } from '../sender/ports.ts';
import type { Wire, WireAnswer, WireRequest } from '../sender/wire/ports.ts';
import { AddressGuard } from './address-guard.ts';
import type { EndpointRules } from './check-url.ts';
import { Connector } from './connector.ts';
import { Exchange, type ExchangeParts } from './exchange.ts';
import { failed } from './failure.ts';
import { askResolver, askSystem, Names, type Query } from './names.ts';
import { Targets } from './target.ts';
import { Trust } from './trust.ts';

export interface WireSettings extends EndpointRules {
  /** `resolver` asks the DNS servers without the system's threads; `system` also knows search domains and the hosts file. */
  readonly dns: 'resolver' | 'system';
  /** Certificates in PEM that are trusted beside the usual ones; read again when it changes. */
  readonly caFile: string | undefined;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Only tests ask other servers. */
  readonly query?: Query;
}

/** Per origin, and far above what the engine has in flight to one: undici would let further requests wait without a limit. */
const MAX_CONNECTIONS = 16_384;
const MAX_HEADER_BYTES = 16 * 1_024;

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/**
 * The way to the endpoints: HTTP/1.1 over connections that are kept, for all origins one pool. Uses no proxy, whatever
 * HTTPS_PROXY says: behind a proxy, nothing here would see the addresses that are dialled.
 * @throws Error when the file of certificates cannot be used
 */
export function openWire(settings: WireSettings): Wire & AsyncDisposable {
  if (PROXY_VARIABLES.some((name) => (process.env[name] ?? '') !== ''))
    settings.log.info({}, 'a proxy is set in the environment; requests to endpoints do not use it');
  return new HttpWire(settings);
}

class HttpWire implements Wire {
  readonly #targets: Targets;
  readonly #parts: ExchangeParts;
  /** Exchanges by the signal that stops them. One listener per signal: removing one of many takes as long as finding it. */
  readonly #groups = new WeakMap<AbortSignal, Set<Exchange>>();

  constructor({ allowHttp, allowCidrs, dns, caFile, log, query }: WireSettings) {
    const connector: Connector = new Connector({
      guard: new AddressGuard(allowCidrs),
      names: new Names(query ?? (dns === 'system' ? askSystem : askResolver())),
      trust: new Trust({ caFile, log, changed: () => connector.forgetSessions() }),
    });
    const options = {
      connect: connector.connect,
      connections: MAX_CONNECTIONS,
      allowH2: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Each exchange has one deadline over everything; these would only run beside it.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 4_000,
      keepAliveMaxTimeout: 60_000,
    };
    this.#targets = new Targets({ allowHttp });
    this.#parts = {
      connector,
      dispatcher: new Agent({ ...options, pipelining: 1 }),
      // Without pipelining, undici closes each connection after its request.
      fresh: new Agent({ ...options, pipelining: 0 }),
    };
  }

  post(request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(failed('stopped', STOPPING));
      const target = this.#targets.of(request.url);
      if (target.problem !== undefined) return resolve(failed('bad_url', target.problem));
      new Exchange(this.#parts, target, request, this.#groupOf(signal), resolve).sendWith(
        this.#parts.dispatcher,
      );
    });
  }

  /** Ends what is in flight, and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#parts.dispatcher.destroy(), this.#parts.fresh.destroy()]);
  }

  #groupOf(signal: AbortSignal): Set<Exchange> {
    const known = this.#groups.get(signal);
    if (known !== undefined) return known;
    const group = new Set<Exchange>();
    this.#groups.set(signal, group);
    signal.addEventListener('abort', () => group.forEach((exchange) => exchange.end('stopped', STOPPING)), {
      once: true,
    });
    return group;
  }
}

const STOPPING = 'the sender is stopping';
