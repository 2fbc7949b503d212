/** The purpose of a role. The owner migrates and creates partitions; it has every right without a grant. */
export type Purpose = 'processor' | 'sender' | 'operator' | 'reader';

type Privilege = 'select' | 'insert' | 'update' | 'delete' | 'truncate' | 'references' | 'trigger' | 'usage';

/** Of some columns alone. */
type ColumnRight = `update (${string})`;

interface Relation {
  readonly kind: 'table' | 'view' | 'sequence';
  readonly rights: Readonly<Record<Purpose, readonly (Privilege | ColumnRight)[]>>;
}

const READ = ['select'] as const;
const APPEND = ['select', 'insert'] as const;
const KEEP = ['select', 'insert', 'update'] as const;
const ALL = ['select', 'insert', 'update', 'delete'] as const;

/**
 * All our tables, views and sequences, with the rights of each purpose. Only the owner may truncate, or change stored
 * messages. A migration that adds a relation must add it here; a test compares them with the schema.
 */
export const RELATIONS: Readonly<Record<string, Relation>> = {
  schema_migration: table({ processor: READ, sender: READ, operator: READ }),
  tenant: table({ processor: READ, sender: READ, operator: ALL }),
  client: table({ processor: READ, sender: READ, operator: ALL }),
  event_type: table({ processor: READ, sender: READ, operator: ALL }),
  // The trigger on event_type draws from it with the rights of the role that changes a schema.
  schema_version: {
    kind: 'sequence',
    rights: { processor: [], sender: [], operator: ['usage'], reader: [] },
  },
  mapping: table({ processor: READ, sender: [], operator: ALL }),
  // The trigger on mapping counts in it with the rights of the role that changes a mapping.
  mapping_revision: table({ processor: READ, sender: [], operator: ['select', 'update'] }),
  // An operator's replay stores events, as the processor does; a sender stores what it has to tell tenants.
  message: table({ processor: APPEND, sender: APPEND, operator: APPEND }),
  message_key: table({ processor: APPEND, sender: APPEND, operator: APPEND }),
  // The processor deletes rejections past their retention.
  rejection: table({ processor: ALL, sender: [], operator: KEEP }),
  // A replay that rejects again creates tasks, too; triggers create those of a registration, with the owner's rights.
  healing: table({ processor: ALL, sender: [], operator: APPEND }),
  housekeeping: table({ processor: KEEP, sender: [], operator: READ }),
  // A sender disables endpoints; the trigger that counts the change has the owner's rights.
  endpoint: table({
    processor: READ,
    sender: ['select', 'update (state, state_reason, state_changed_at)'],
    operator: ALL,
  }),
  endpoint_secret: table({ processor: [], sender: READ, operator: ALL }),
  endpoint_revision: table({ processor: READ, sender: READ, operator: READ }),
  // The storing statement writes them. An operator locks the table when a client gets its first endpoint, and renumbers it.
  lane: table({ processor: APPEND, sender: APPEND, operator: KEEP }),
  sender: table({ processor: [], sender: ALL, operator: READ }),
  shard: table({ processor: [], sender: ['select', 'update'], operator: READ }),
  sender_cluster: table({ processor: [], sender: APPEND, operator: KEEP }),
  endpoint_mark: table({ processor: READ, sender: ['select', 'update'], operator: KEEP }),
  attempt: table({ processor: [], sender: APPEND, operator: READ }),
  replay: table({ processor: [], sender: [], operator: KEEP }),
  retry: table({ processor: [], sender: ALL, operator: ALL }),
  dead: table({ processor: [], sender: KEEP, operator: ALL }),
  delivery_loss: table({ processor: APPEND, sender: [], operator: READ }),
  endpoint_status: view(),
  delivery: view(),
  rejection_readable: view(),
  rejection_count: view(),
  message_count: view(),
};

/** Our functions. Everybody may call them; the owner of the tables must own them to be able to change them. */
export const FUNCTIONS: readonly string[] = [
  'advance_mapping_revision()',
  'count_endpoint_removal()',
  'heal_clients()',
  'heal_event_types()',
  'next_endpoint_revision()',
  'set_endpoint_revision()',
  'set_schema_version()',
  'touch_endpoint_of_secret()',
];

export const PRIVILEGES_OF_A_TABLE = [
  'select',
  'insert',
  'update',
  'delete',
  'truncate',
  'references',
  'trigger',
] as const;
export const PRIVILEGES_OF_A_SEQUENCE = ['usage'] as const;

function table(rights: Omit<Relation['rights'], 'reader'>): Relation {
  return { kind: 'table', rights: { ...rights, reader: READ } };
}

function view(): Relation {
  return { kind: 'view', rights: { processor: [], sender: [], operator: READ, reader: READ } };
}

export function kindOf(name: string): Relation['kind'] {
  return RELATIONS[name]?.kind ?? 'table'; // a partition
}
