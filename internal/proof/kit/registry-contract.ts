import { describe, expect, test } from 'vitest';
import { MAPPING_PRESETS, mappingOf } from '../../event/mapping/presets.ts';
import type { StoreRig } from './store-rig.ts';

const S3 = mappingOf('s3', { client: 'client-3' }, MAPPING_PRESETS['s3']);
const LAMBDA = mappingOf('lambda', {}, MAPPING_PRESETS['lambda-destination']);

/** The contract of every Store for the registry. */
export function registryContract(setUp: () => Promise<StoreRig>): void {
  describe('schemas', () => {
    const USER = { tenantId: 'default', eventType: 'user-app' };
    const MONITOR = { tenantId: 'default', eventType: 'monitor-app' };

    test('are returned for every name, registered or not', async () => {
      await using rig = await setUp();
      await rig.addTenant('other');
      await rig.setEventType('default', 'user-app', '{"type": "object"}');
      const names = [USER, MONITOR, { tenantId: 'other', eventType: 'user-app' }];
      const answers = await rig.store.schemas([...names, { tenantId: 'nobody', eventType: 'x' }]);
      expect(answers).toHaveLength(4);
      expect(answers).toEqual(
        expect.arrayContaining([
          { ...USER, version: expect.not.stringMatching(/^0$/), schema: expect.any(String) },
          { ...MONITOR, version: '0', schema: null },
          { tenantId: 'other', eventType: 'user-app', version: '0', schema: null },
          { tenantId: 'nobody', eventType: 'x', version: '0', schema: null },
        ]),
      );
      const schema = answers.find(({ version }) => version !== '0')?.schema ?? '';
      expect(JSON.parse(schema)).toEqual({ type: 'object' });
    });

    test('get a new version with every change', async () => {
      await using rig = await setUp();
      const versions = new Set<string | undefined>();
      for (const schema of ['{"type": "object"}', '{"type": "string"}', '{"type": "object"}']) {
        await rig.setEventType('default', 'user-app', schema);
        versions.add((await rig.store.schemas([USER]))[0]?.version);
      }
      expect(versions.size).toBe(3);
    });
  });

  describe('mappings', () => {
    test('are returned once, and again only after a change', async () => {
      await using rig = await setUp();
      const empty = await rig.store.mappings(undefined);
      expect(empty).toEqual({ version: expect.any(String), mappings: [] });
      expect(await rig.store.mappings(empty?.version)).toBeUndefined();
      await rig.addMapping(S3);
      const added = await rig.store.mappings(empty?.version);
      expect(added?.mappings).toEqual([S3]);
      expect(added?.version).not.toBe(empty?.version);
      expect(await rig.store.mappings(added?.version)).toBeUndefined();
      expect(await rig.store.mappings(undefined)).toEqual(added);
    });

    test('are returned in the order in which they are tried: by priority, then by name', async () => {
      await using rig = await setUp();
      for (const mapping of [{ ...S3, priority: 300 }, { ...S3, name: 'z' }, LAMBDA, { ...S3, name: 'a' }])
        await rig.addMapping(mapping);
      const mappings = (await rig.store.mappings(undefined))?.mappings ?? [];
      expect(mappings.map(({ name }) => name)).toEqual(['a', 'lambda', 'z', 's3']);
    });
  });
}
