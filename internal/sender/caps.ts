interface CapLimits {
  /** Requests that all endpoints together may have in flight. */
  readonly process: number;
  /** Requests to one origin host: many endpoints may lie on one server. */
  readonly host: number;
}

/** What a tenant may have of the process while others wait: three of them cannot take it all. */
const SHARE_OF_TENANT = 0.25;

/** Kept for tenants below their share: else one that was alone, and whose endpoints hang, keeps out those that come later. */
const RESERVE = 0.125;

/** Counts what is in flight in the process, and for each tenant and host. */
export class Caps {
  readonly #limits: CapLimits;
  readonly #tenantShare: number;
  readonly #unreserved: number;
  readonly #tenants = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  #inFlight = 0;

  constructor(limits: CapLimits) {
    this.#limits = limits;
    this.#tenantShare = Math.max(1, Math.floor(limits.process * SHARE_OF_TENANT));
    this.#unreserved = Math.max(this.#tenantShare, Math.floor(limits.process * (1 - RESERVE)));
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether no request may begin, of whichever tenant. */
  get isFull(): boolean {
    return this.#inFlight >= this.#limits.process;
  }

  /** @param othersWait whether another tenant has work */
  admitsTenant(tenant: string, othersWait: boolean): boolean {
    if (this.isFull) return false;
    if ((this.#tenants.get(tenant) ?? 0) < this.#tenantShare) return true;
    return !othersWait && this.#inFlight < this.#unreserved;
  }

  admitsHost(host: string): boolean {
    return (this.#hosts.get(host) ?? 0) < this.#limits.host;
  }

  admits(tenant: string, host: string, othersWait: boolean): boolean {
    return this.admitsTenant(tenant, othersWait) && this.admitsHost(host);
  }

  begin(tenant: string, host: string): void {
    this.#inFlight += 1;
    add(this.#tenants, tenant, 1);
    add(this.#hosts, host, 1);
  }

  end(tenant: string, host: string): void {
    this.#inFlight -= 1;
    add(this.#tenants, tenant, -1);
    add(this.#hosts, host, -1);
  }
}

/** Names with nothing in flight are forgotten. */
function add(counts: Map<string, number>, name: string, change: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
