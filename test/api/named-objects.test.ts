import assert from 'node:assert/strict';
import {test} from 'node:test';
import {namedObjects} from '../../api/named-objects.ts';
import {aSearch} from '../builders.ts';

const split = {validation: 0.2, test: 0.2};

test('everything that a search names is found, each with its field', () => {
  const {spec} = aSearch({
    spec: {
      dataset: {
        npz: {volume: {claim: 'digits', path: 'a.npz'}, inputs: 'x', targets: 'y', layout: 'ChannelsLast'},
        split,
        seed: 0,
      },
    },
  });
  const template = {
    spec: {
      imagePullSecrets: [{name: 'registry'}],
      volumes: [
        {name: 'a', emptyDir: {}},
        {name: 'b', persistentVolumeClaim: {claimName: 'more'}},
        {name: 'c', secret: {secretName: 'key'}},
        {name: 'd', configMap: {name: 'settings'}},
      ],
      containers: [
        {
          name: 'trial' as const,
          env: [
            {name: 'A', value: 'a'},
            {name: 'B', valueFrom: {secretKeyRef: {name: 'token', key: 'k'}}},
            {name: 'C', valueFrom: {configMapKeyRef: {name: 'levels', key: 'k'}}},
          ],
          envFrom: [
            {prefix: 'A_', secretRef: {name: 'many'}},
            {prefix: 'B_', configMapRef: {name: 'more-levels'}},
          ],
        },
      ],
    },
  };
  const at = 'spec.template.podTemplate.spec';
  assert.deepEqual(
    namedObjects(spec, template).map(({kind, name, field}) => `${kind} ${name} ${field}`),
    [
      'PersistentVolumeClaim digits spec.dataset.npz.volume.claim',
      `Secret registry ${at}.imagePullSecrets[0].name`,
      `PersistentVolumeClaim more ${at}.volumes[1].persistentVolumeClaim`,
      `Secret key ${at}.volumes[2].secret`,
      `ConfigMap settings ${at}.volumes[3].configMap`,
      `Secret token ${at}.containers[0].env[1].valueFrom`,
      `ConfigMap levels ${at}.containers[0].env[2].valueFrom`,
      `Secret many ${at}.containers[0].envFrom[0]`,
      `ConfigMap more-levels ${at}.containers[0].envFrom[1]`,
    ],
  );
});

test('the claim of a folder of pictures is found', () => {
  const imageFolder = {volume: {claim: 'photos', path: '.'}};
  const {spec} = aSearch({spec: {dataset: {imageFolder, split, seed: 0}}});
  assert.deepEqual(namedObjects(spec, {}), [
    {kind: 'PersistentVolumeClaim', name: 'photos', field: 'spec.dataset.imageFolder.volume.claim'},
  ]);
});

test('a search of built-in data without a podTemplate names nothing', () => {
  assert.deepEqual(namedObjects(aSearch().spec, {}), []);
});
