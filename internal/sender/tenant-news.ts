import type { Announcement, Announcer } from './announcements.ts';
import type { Endpoint, Log } from './ports.ts';

/** Announcements that wait at most; when a network fails, all endpoints fail at once. */
const MOST_WAITING = 1_000;

/** Tells the log and the tenant about changes of an endpoint. Tenants are told one after the other: others use the store, too. */
export class TenantNews {
  readonly #announcer: Announcer;
  readonly #log: Log;
  readonly #waiting: Announcement[] = [];
  /** How many there were of each kind, told or not. */
  readonly counts: Record<Announcement['type'], number> = {
    'endpoint.disabled': 0,
    'endpoint.failing': 0,
    'endpoint.recovered': 0,
  };
  #isTelling = false;

  constructor({ announcer, log }: { readonly announcer: Announcer; readonly log: Log }) {
    this.#announcer = announcer;
    this.#log = log;
  }

  tell(endpoint: Endpoint, type: Announcement['type'], reason: string): void {
    const { tenantId, clientId, id: endpointId } = endpoint;
    this.counts[type] += 1;
    const announcement = { type, tenantId, clientId, endpointId, reason };
    const what = fieldsOf(announcement);
    if (type === 'endpoint.recovered') this.#log.info(what, 'endpoint is back');
    else this.#log.warn(what, type === 'endpoint.disabled' ? 'endpoint disabled' : 'endpoint is failing');
    if (this.#waiting.length >= MOST_WAITING)
      return this.#log.warn(what, 'the tenant is not told: too many others wait to be told');
    this.#waiting.push(announcement);
    if (!this.#isTelling) void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    this.#isTelling = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#announcer.announce(next);
      } catch (err) {
        this.#log.warn({ err, ...fieldsOf(next) }, 'the tenant could not be told');
      }
    }
    this.#isTelling = false;
  }
}

function fieldsOf({ tenantId, clientId, endpointId, reason }: Announcement) {
  return { tenant: tenantId, client: clientId, endpoint: endpointId, reason };
}
