/** A change of an endpoint that its tenant wants to hear of. */
export interface Announcement {
  readonly type: 'endpoint.disabled' | 'endpoint.failing' | 'endpoint.recovered';
  readonly tenantId: string;
  readonly endpointId: string;
  readonly clientId: string;
  readonly reason: string;
}

/** Tells tenants about their endpoints: as a message to their client `operator`, where that and the event type are registered. */
export interface Announcer {
  announce(announcement: Announcement): Promise<void>;
}
