import { expect as assert, test } from 'vitest';
import { decodeBody } from '#internal/event/body/envelope.ts';
import { FORMATS } from '../../load/envelopes.ts';
import { EventGenerator } from '../../load/generator.ts';
import type { LedgerLine } from '../../load/ledger.ts';
import { expect, type LoadPlan, reasonOf } from './oracle.ts';

const PLAN: LoadPlan = {
  seed: 7,
  tenants: ['default', 'acme'],
  format: 'plain',
  count: 400,
  batch: 1,
  bad: 0.3,
  duplicates: 0.1,
  ledger: '',
};

function generated(plan: LoadPlan) {
  const generator = new EventGenerator(plan);
  return Array.from({ length: plan.count }, () => generator.next());
}

test.each(FORMATS)('knows the reason of every bad event that producers send: %s', (format) => {
  const bad = generated({ ...PLAN, format }).filter(({ kind }) => kind === 'bad');
  const seen = new Set<string>();
  for (const { text } of bad) {
    const [decoded] = decodeBody(text, 'sqs');
    const reason = reasonOf(text);
    seen.add(reason);
    // Decoding does not refuse names that are not registered.
    const decodes = reason.startsWith('unknown_');
    assert(decoded?.kind === 'refused' ? decoded.refusal.reason : 'decoded').toBe(
      decodes ? 'decoded' : reason,
    );
  }
  assert([...seen].toSorted()).toEqual([
    'invalid_envelope',
    'malformed_json',
    'unknown_client',
    'unknown_event_type',
  ]);
});

test('generates the events of a ledger again from the seed', () => {
  const events = generated(PLAN);
  const lines = events.map(({ id, tenant, kind }, i): LedgerLine => {
    return { id: id ?? `sqs-${i}`, tenant, kind, outcome: 'ok' };
  });
  const sent = expect(PLAN, lines);
  const wanted = events.map(({ kind, id, tenant, text }, i) => {
    if (id === null) return { tenant, id, place: `sqs-${i}` };
    if (kind === 'bad') return { tenant, id, fate: { kind: 'rejected', reasons: [reasonOf(text)] } };
    const { message, client_id: client, event_type: type, source } = JSON.parse(text);
    return { tenant, id, source, fate: { kind: 'stored', content: { client, type, payload: message } } };
  });
  assert(sent).toMatchObject(wanted);
});

test('does not know the place of an event without an id whose send got no answer', () => {
  const [sent] = expect(PLAN, [{ id: 'made up', tenant: 'acme', kind: 'bad', outcome: 'unknown' }]);
  assert(sent).toMatchObject({ id: null, place: null });
});
