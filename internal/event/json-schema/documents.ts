import applicator2019 from './metaschemas/2019-09/applicator.json' with { type: 'json' };
import content2019 from './metaschemas/2019-09/content.json' with { type: 'json' };
import core2019 from './metaschemas/2019-09/core.json' with { type: 'json' };
import format2019 from './metaschemas/2019-09/format.json' with { type: 'json' };
import metaData2019 from './metaschemas/2019-09/meta-data.json' with { type: 'json' };
import schema2019 from './metaschemas/2019-09/schema.json' with { type: 'json' };
import validation2019 from './metaschemas/2019-09/validation.json' with { type: 'json' };
import applicator2020 from './metaschemas/2020-12/applicator.json' with { type: 'json' };
import content2020 from './metaschemas/2020-12/content.json' with { type: 'json' };
import core2020 from './metaschemas/2020-12/core.json' with { type: 'json' };
import formatAnnotation from './metaschemas/2020-12/format-annotation.json' with { type: 'json' };
import formatAssertion from './metaschemas/2020-12/format-assertion.json' with { type: 'json' };
import metaData2020 from './metaschemas/2020-12/meta-data.json' with { type: 'json' };
import schema2020 from './metaschemas/2020-12/schema.json' with { type: 'json' };
import unevaluated2020 from './metaschemas/2020-12/unevaluated.json' with { type: 'json' };
import validation2020 from './metaschemas/2020-12/validation.json' with { type: 'json' };
import draft04 from './metaschemas/draft-04.json' with { type: 'json' };
import draft06 from './metaschemas/draft-06.json' with { type: 'json' };
import draft07 from './metaschemas/draft-07.json' with { type: 'json' };
import type { Documents } from './survey.ts';

/** The metaschemas of the drafts, which any schema may refer to, by URI. */
export const METASCHEMAS: Documents = new Map<string, unknown>([
  ...[draft04, draft06, draft07].map((schema) => [schema.$schema.replace(/#$/, ''), schema] as const),
  ...[
    schema2019,
    core2019,
    applicator2019,
    validation2019,
    metaData2019,
    format2019,
    content2019,
    schema2020,
    core2020,
    applicator2020,
    unevaluated2020,
    validation2020,
    metaData2020,
    formatAnnotation,
    formatAssertion,
    content2020,
  ].map((schema) => [schema.$id, schema] as const),
]);
