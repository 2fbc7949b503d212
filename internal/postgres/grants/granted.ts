/** The purpose of a role. The owner migrates and creates partitions; it has every right without a grant. */
export type Purpose = 'processor' | 'operator' | 'reader';

type Privilege = 'select' | 'insert' | 'update' | 'delete' | 'truncate' | 'references' | 'trigger' | 'usage';

interface Relation {
  readonly kind: 'table' | 'view' | 'sequence';
  readonly rights: Readonly<Record<Purpose, readonly Privilege[]>>;
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
  schema_migration: table({ processor: READ, operator: READ }),
  tenant: table({ processor: READ, operator: ALL }),
  client: table({ processor: READ, operator: ALL }),
  event_type: table({ processor: READ, operator: ALL }),
  // The trigger on event_type draws from it with the rights of the role that changes a schema.
  schema_version: { kind: 'sequence', rights: { processor: [], operator: ['usage'], reader: [] } },
  mapping: table({ processor: READ, operator: ALL }),
  // The trigger on mapping counts in it with the rights of the role that changes a mapping.
  mapping_revision: table({ processor: READ, operator: ['select', 'update'] }),
  // An operator's replay stores events, as the processor does.
  message: table({ processor: APPEND, operator: APPEND }),
  message_key: table({ processor: APPEND, operator: APPEND }),
  // The processor deletes rejections past their retention.
  rejection: table({ processor: ALL, operator: KEEP }),
  // A replay that rejects again creates tasks, too; triggers create those of a registration, with the owner's rights.
  healing: table({ processor: ALL, operator: APPEND }),
  housekeeping: table({ processor: KEEP, operator: READ }),
  endpoint: table({ processor: READ, operator: ALL }),
  endpoint_secret: table({ processor: [], operator: ALL }),
  endpoint_revision: table({ processor: READ, operator: READ }),
  // The storing statement writes them.
  lane: table({ processor: APPEND, operator: APPEND }),
  sender: table({ processor: [], operator: READ }),
  shard: table({ processor: [], operator: READ }),
  sender_cluster: table({ processor: [], operator: KEEP }),
  endpoint_mark: table({ processor: READ, operator: KEEP }),
  attempt: table({ processor: [], operator: READ }),
  replay: table({ processor: [], operator: KEEP }),
  retry: table({ processor: [], operator: ALL }),
  dead: table({ processor: [], operator: ALL }),
  delivery_loss: table({ processor: APPEND, operator: READ }),
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
  return { kind: 'view', rights: { processor: [], operator: READ, reader: READ } };
}

export function kindOf(name: string): Relation['kind'] {
  return RELATIONS[name]?.kind ?? 'table'; // a partition
}
