import { Ring, RingNode } from './ring.ts';

interface Tenant {
  readonly id: string;
  readonly endpoints: Ring<Endpoint>;
}

interface Endpoint {
  readonly number: number;
  readonly tenant: RingNode<Tenant>;
}

/**
 * Whose turn it is among the endpoints that have work: tenants take turns, and within a tenant its endpoints do. A turn is
 * one attempt, so the deficits of deficit round robin would always be 0: this is what is left of it. The turn goes to the
 * tenant that has waited longest of those with an endpoint that is ready, and in it to the endpoint that has. Those that are
 * not ready keep their places.
 *
 * Only endpoints with work are in it, so the thousands that are idle cost nothing. A turn costs a question to each endpoint
 * that waits before the one that is ready: take those out that will not be ready for long (open breaker, limit reached), and
 * add them again then.
 */
export class Turns {
  readonly #tenants = new Ring<Tenant>();
  readonly #tenantById = new Map<string, RingNode<Tenant>>();
  readonly #endpoints = new Map<number, RingNode<Endpoint>>();

  /** Endpoints that have work. */
  get size(): number {
    return this.#endpoints.size;
  }

  /** Tenants that have work. */
  get tenants(): number {
    return this.#tenantById.size;
  }

  has(endpoint: number): boolean {
    return this.#endpoints.has(endpoint);
  }

  /** The endpoint has work: it waits behind all others of its tenant. One that is there already keeps its place. */
  add(tenantId: string, endpoint: number): void {
    if (this.#endpoints.has(endpoint)) return;
    const tenant = this.#tenant(tenantId);
    const node = new RingNode<Endpoint>({ number: endpoint, tenant });
    this.#endpoints.set(endpoint, node);
    tenant.value.endpoints.append(node);
  }

  /** The endpoint has no work, or is not to have a turn. */
  remove(endpoint: number): void {
    const node = this.#endpoints.get(endpoint);
    if (node === undefined) return;
    this.#endpoints.delete(endpoint);
    const { tenant } = node.value;
    tenant.value.endpoints.remove(node);
    if (tenant.value.endpoints.first !== undefined) return;
    this.#tenants.remove(tenant);
    this.#tenantById.delete(tenant.value.id);
  }

  /**
   * Returns the endpoint whose turn it is, and gives its next turn after all others; undefined when none is ready.
   * @param admits asked once for each tenant: an endpoint of one that may not have more in flight need not be asked
   */
  next(
    ready: (endpoint: number) => boolean,
    admits: (tenantId: string) => boolean = () => true,
  ): number | undefined {
    for (let tenant = this.#tenants.first; tenant !== undefined; tenant = tenant.after) {
      if (!admits(tenant.value.id)) continue;
      const { endpoints } = tenant.value;
      for (let endpoint = endpoints.first; endpoint !== undefined; endpoint = endpoint.after) {
        if (!ready(endpoint.value.number)) continue;
        endpoints.moveToEnd(endpoint);
        this.#tenants.moveToEnd(tenant);
        return endpoint.value.number;
      }
    }
    return undefined;
  }

  #tenant(id: string): RingNode<Tenant> {
    const known = this.#tenantById.get(id);
    if (known !== undefined) return known;
    const tenant = new RingNode<Tenant>({ id, endpoints: new Ring() });
    this.#tenantById.set(id, tenant);
    this.#tenants.append(tenant);
    return tenant;
  }
}
