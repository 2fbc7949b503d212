import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METASCHEMAS } from '../../event/json-schema/documents.ts';
import { type Documents } from '../../event/json-schema/survey.ts';
import { parseJson } from '../../event/json/exact.ts';

export const DRAFTS = ['draft4', 'draft6', 'draft7', 'draft2019-09', 'draft2020-12'] as const;
export type Draft = (typeof DRAFTS)[number];

/** Each draft's metaschema URI; most schemas of the suite name none. */
export const METASCHEMA: Readonly<Record<Draft, string>> = {
  draft4: 'http://json-schema.org/draft-04/schema#',
  draft6: 'http://json-schema.org/draft-06/schema#',
  draft7: 'http://json-schema.org/draft-07/schema#',
  'draft2019-09': 'https://json-schema.org/draft/2019-09/schema',
  'draft2020-12': 'https://json-schema.org/draft/2020-12/schema',
};

export interface Group {
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly {
    readonly description: string;
    readonly data: unknown;
    readonly valid: boolean;
  }[];
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** The files in a folder of a draft; '' is the folder of the required tests. */
export function filesOf(draft: Draft, folder = ''): string[] {
  return readdirSync(join(FOLDER, 'tests', draft, folder)).filter((file) => file.endsWith('.json'));
}

/** The groups of tests in a file, with exact numbers. */
export function groupsOf(draft: Draft, file: string): readonly Group[] {
  return read(join(FOLDER, 'tests', draft, file)) as Group[];
}

function read(path: string): unknown {
  return parseJson(readFileSync(path, 'utf8')).exact;
}

/** The documents that the tests expect at http://localhost:1234, and the metaschemas. */
export function remotes(): Documents {
  const documents = new Map(METASCHEMAS);
  for (const entry of readdirSync(join(FOLDER, 'remotes'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const uri = path.slice(join(FOLDER, 'remotes').length);
    documents.set(`http://localhost:1234${uri}`, read(path));
  }
  return documents;
}
