import assert from 'node:assert/strict';
import {test} from 'node:test';
import {checkPodTemplate} from '../../api/pod-template-check.ts';
import {broken, told} from './manifests.ts';

const container = (parts: object) => ({spec: {containers: [{name: 'trial', ...parts}]}});
const volume = (source: object) => ({spec: {volumes: [{name: 'v', ...source}]}});
const mount = (parts: object) => container({volumeMounts: [{name: 'v', mountPath: '/data', ...parts}]});
const limits = (amounts: object) => container({resources: {limits: amounts}});
const requests = (amounts: object) => container({resources: {requests: amounts}});

/** The fields that are told, from the podTemplate on. */
const fields = (template: unknown): string[] =>
  checkPodTemplate(template).map(({path, unknownKey}) =>
    [...path, ...(unknownKey === undefined ? [] : [unknownKey])].slice(3).join('.'),
  );

/** Each row: a way around the scheduler, the budget, the node's walls or the operator's own fields, and the field that is told. */
const ways: readonly (readonly [way: string, template: unknown, field: string])[] = [
  ['a path of the node', volume({hostPath: {path: '/'}}), 'spec.volumes.0.hostPath'],
  ['a network file system', volume({nfs: {server: 'a', path: '/'}}), 'spec.volumes.0.nfs'],
  ['a driver’s volume', volume({csi: {driver: 'a'}}), 'spec.volumes.0.csi'],
  ['an image as a volume', volume({image: {reference: 'a'}}), 'spec.volumes.0.image'],
  ['a claim made for the Pod', volume({ephemeral: {}}), 'spec.volumes.0.ephemeral'],
  [
    'a token in a projected volume',
    volume({projected: {sources: [{serviceAccountToken: {}}]}}),
    'spec.volumes.0.projected',
  ],
  ['a volume with our name', {spec: {volumes: [{name: 'archsearch-work', emptyDir: {}}]}}, 'spec.volumes.0.name'],
  ['a volume of two kinds', volume({emptyDir: {}, configMap: {name: 'a'}}), 'spec.volumes.0'],
  ['the node’s network', {spec: {hostNetwork: true}}, 'spec.hostNetwork'],
  ['the node’s processes', {spec: {hostPID: true}}, 'spec.hostPID'],
  ['the node’s shared memory', {spec: {hostIPC: true}}, 'spec.hostIPC'],
  ['the node’s users', {spec: {hostUsers: true}}, 'spec.hostUsers'],
  ['one process table for all containers', {spec: {shareProcessNamespace: true}}, 'spec.shareProcessNamespace'],
  ['privilege', container({securityContext: {privileged: true}}), 'spec.containers.0.securityContext'],
  [
    'capabilities',
    container({securityContext: {capabilities: {add: ['SYS_ADMIN']}}}),
    'spec.containers.0.securityContext',
  ],
  ['to be root', {spec: {securityContext: {runAsUser: 0}}}, 'spec.securityContext.runAsUser'],
  [
    'to be in root’s group',
    {spec: {securityContext: {supplementalGroups: [0]}}},
    'spec.securityContext.supplementalGroups.0',
  ],
  ['to be allowed to be root', {spec: {securityContext: {runAsNonRoot: false}}}, 'spec.securityContext.runAsNonRoot'],
  [
    'no filter of system calls',
    {spec: {securityContext: {seccompProfile: {type: 'Unconfined'}}}},
    'spec.securityContext.seccompProfile',
  ],
  ['kernel parameters', {spec: {securityContext: {sysctls: []}}}, 'spec.securityContext.sysctls'],
  ['another ServiceAccount', {spec: {serviceAccountName: 'admin'}}, 'spec.serviceAccountName'],
  ['another ServiceAccount by its old name', {spec: {serviceAccount: 'admin'}}, 'spec.serviceAccount'],
  ['the ServiceAccount’s token', {spec: {automountServiceAccountToken: true}}, 'spec.automountServiceAccountToken'],
  ['a node without the scheduler', {spec: {nodeName: 'node-a'}}, 'spec.nodeName'],
  ['other gates', {spec: {schedulingGates: []}}, 'spec.schedulingGates'],
  ['a longer deadline', {spec: {activeDeadlineSeconds: 1e6}}, 'spec.activeDeadlineSeconds'],
  ['a longer grace', {spec: {terminationGracePeriodSeconds: 1e6}}, 'spec.terminationGracePeriodSeconds'],
  ['to be started again', {spec: {restartPolicy: 'Always'}}, 'spec.restartPolicy'],
  ['the container to be started again', container({restartPolicy: 'Always'}), 'spec.containers.0.restartPolicy'],
  ['a finalizer', {metadata: {finalizers: ['a.b/c']}}, 'metadata.finalizers'],
  ['another owner', {metadata: {ownerReferences: []}}, 'metadata.ownerReferences'],
  ['another namespace', {metadata: {namespace: 'kube-system'}}, 'metadata.namespace'],
  ['another name', {metadata: {name: 'a'}}, 'metadata.name'],
  ['our label', {metadata: {labels: {'archsearch.dev/search': 'other'}}}, 'metadata.labels.archsearch.dev/search'],
  [
    'our annotation',
    {metadata: {annotations: {'archsearch.dev/price-per-gpu-hour': '0'}}},
    'metadata.annotations.archsearch.dev/price-per-gpu-hour',
  ],
  [
    'an annotation of Kubernetes',
    {metadata: {annotations: {'container.apparmor.security.beta.kubernetes.io/trial': 'unconfined'}}},
    'metadata.annotations.container.apparmor.security.beta.kubernetes.io/trial',
  ],
  [
    'a device by annotation (CDI)',
    {metadata: {annotations: {'cdi.k8s.io/a': 'nvidia.com/gpu=all'}}},
    'metadata.annotations.cdi.k8s.io/a',
  ],
  [
    'a device by annotation (CRI-O)',
    {metadata: {annotations: {'io.kubernetes.cri-o.Devices': '/dev/nvidia0'}}},
    'metadata.annotations.io.kubernetes.cri-o.Devices',
  ],
  [
    'a share of a GPU by annotation',
    {metadata: {annotations: {'nvidia.com/use-gputype': 'H100'}}},
    'metadata.annotations.nvidia.com/use-gputype',
  ],
  ['a second container', {spec: {containers: [{name: 'trial'}, {name: 'more'}]}}, 'spec.containers'],
  ['a container of another name', {spec: {containers: [{name: 'more'}]}}, 'spec.containers.0.name'],
  [
    'devices for an init container',
    {spec: {initContainers: [{name: 'a', resources: {limits: {'nvidia.com/gpu': 8}}}]}},
    'spec.initContainers',
  ],
  ['devices for an ephemeral container', {spec: {ephemeralContainers: [{name: 'a'}]}}, 'spec.ephemeralContainers'],
  ['more GPUs', limits({'nvidia.com/gpu': 8}), 'spec.containers.0.resources.limits.nvidia.com/gpu'],
  [
    'GPUs asked for as a request',
    requests({'nvidia.com/gpu': 8}),
    'spec.containers.0.resources.requests.nvidia.com/gpu',
  ],
  [
    'slices of GPUs',
    limits({'nvidia.com/mig-1g.10gb': 7}),
    'spec.containers.0.resources.limits.nvidia.com/mig-1g.10gb',
  ],
  ['devices of another vendor', limits({'amd.com/gpu': 1}), 'spec.containers.0.resources.limits.amd.com/gpu'],
  ['claims of the Pod for devices', {spec: {resourceClaims: [{name: 'gpu'}]}}, 'spec.resourceClaims'],
  [
    'claims of the container for devices',
    container({resources: {claims: [{name: 'gpu'}]}}),
    'spec.containers.0.resources.claims',
  ],
  ['resources of the whole Pod', {spec: {resources: {}}}, 'spec.resources'],
  ['a block device', container({volumeDevices: []}), 'spec.containers.0.volumeDevices'],
  ['another runtime', {spec: {runtimeClassName: 'nvidia'}}, 'spec.runtimeClassName'],
  [
    'all GPUs by a variable',
    container({env: [{name: 'NVIDIA_VISIBLE_DEVICES', value: 'all'}]}),
    'spec.containers.0.env.0.name',
  ],
  [
    'all GPUs by a ConfigMap’s variables',
    container({envFrom: [{configMapRef: {name: 'a'}}]}),
    'spec.containers.0.envFrom.0.prefix',
  ],
  [
    'all GPUs by a prefix and a ConfigMap’s key',
    container({envFrom: [{prefix: 'NVIDIA_V', configMapRef: {name: 'a'}}]}),
    'spec.containers.0.envFrom.0.prefix',
  ],
  [
    'all GPUs by a short prefix',
    container({envFrom: [{prefix: 'N', secretRef: {name: 'a'}}]}),
    'spec.containers.0.envFrom.0.prefix',
  ],
  [
    'all GPUs by a mount',
    mount({mountPath: '/var/run/nvidia-container-devices/all'}),
    'spec.containers.0.volumeMounts.0.mountPath',
  ],
  [
    'a variable of the protocol',
    container({env: [{name: 'ARCHSEARCH_TRIAL', value: '/mine'}]}),
    'spec.containers.0.env.0.name',
  ],
  [
    'a mount over the assignment',
    mount({mountPath: '/archsearch/assignment'}),
    'spec.containers.0.volumeMounts.0.mountPath',
  ],
  ['a mount above the assignment', mount({mountPath: '/archsearch'}), 'spec.containers.0.volumeMounts.0.mountPath'],
  ['a mount over everything', mount({mountPath: '/'}), 'spec.containers.0.volumeMounts.0.mountPath'],
  ['a mount that climbs', mount({mountPath: '/data/../archsearch'}), 'spec.containers.0.volumeMounts.0.mountPath'],
  ['a mount of our volume', mount({name: 'archsearch-assignment'}), 'spec.containers.0.volumeMounts.0.name'],
  ['a path out of the volume', mount({subPath: '../../etc'}), 'spec.containers.0.volumeMounts.0.subPath'],
  ['an absolute path in the volume', mount({subPath: '/etc'}), 'spec.containers.0.volumeMounts.0.subPath'],
  ['a path out of variables', mount({subPathExpr: '$(A)'}), 'spec.containers.0.volumeMounts.0.subPathExpr'],
  [
    'mounts that reach the node',
    mount({mountPropagation: 'Bidirectional'}),
    'spec.containers.0.volumeMounts.0.mountPropagation',
  ],
  ['a hook', container({lifecycle: {preStop: {}}}), 'spec.containers.0.lifecycle'],
  [
    'a probe with a grace of its own',
    container({livenessProbe: {terminationGracePeriodSeconds: 900}}),
    'spec.containers.0.livenessProbe',
  ],
  [
    'another place for the record',
    container({terminationMessagePath: '/mine'}),
    'spec.containers.0.terminationMessagePath',
  ],
  ['overhead', {spec: {overhead: {cpu: '1'}}}, 'spec.overhead'],
  ['another preemption', {spec: {preemptionPolicy: 'Never'}}, 'spec.preemptionPolicy'],
  ['a priority by number', {spec: {priority: 2e9}}, 'spec.priority'],
  ['a priority of the system', {spec: {priorityClassName: 'system-node-critical'}}, 'spec.priorityClassName'],
  ['a field that nobody has thought of', {spec: {newInKubernetes: true}}, 'spec.newInKubernetes'],
  ['a status', {status: {}}, 'status'],
];
for (const [way, template, field] of ways)
  test(`a podTemplate cannot ask for ${way}`, () => {
    assert.deepEqual(fields(template), [field]);
    assert.ok(checkPodTemplate(template).every(({message, remedy}) => message !== '' && remedy !== ''));
  });

test('what a team needs is passed on', () => {
  const template = {
    metadata: {
      labels: {'kueue.x-k8s.io/queue-name': 'team', app: 'nas'},
      annotations: {'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false', 'example.com/owner': 'ann'},
    },
    spec: {
      nodeSelector: {'nvidia.com/gpu.product': 'NVIDIA-H100'},
      tolerations: [{key: 'nvidia.com/gpu', operator: 'Exists'}],
      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}}},
      topologySpreadConstraints: [{maxSkew: 1}],
      priorityClassName: 'low',
      schedulerName: 'volcano',
      imagePullSecrets: [{name: 'registry'}],
      securityContext: {runAsUser: 1000, fsGroup: 1000, supplementalGroups: [2000]},
      volumes: [
        {name: 'cache', emptyDir: {medium: 'Memory', sizeLimit: '1Gi'}},
        {name: 'data', persistentVolumeClaim: {claimName: 'data', readOnly: true}},
        {name: 'settings', configMap: {name: 'settings', items: [{key: 'a', path: 'a'}]}},
        {name: 'key', secret: {secretName: 'key', defaultMode: 256}},
      ],
      containers: [
        {
          name: 'trial',
          image: 'registry.example.com/trial:1',
          command: ['python', '-m', 'trial'],
          args: ['--fast'],
          env: [
            {name: 'TOKEN', valueFrom: {secretKeyRef: {name: 'key', key: 'token'}}},
            {name: 'LEVEL', value: 'info'},
          ],
          envFrom: [{prefix: 'APP_', configMapRef: {name: 'settings'}}],
          resources: {limits: {memory: '8Gi'}, requests: {cpu: 4, 'ephemeral-storage': '1Gi'}},
          volumeMounts: [{name: 'data', mountPath: '/data', subPath: 'digits/v1', readOnly: true}],
        },
      ],
    },
  };
  assert.deepEqual(checkPodTemplate(template), []);
});

test('no podTemplate, and an empty one, are taken', () => {
  assert.deepEqual([...checkPodTemplate(undefined), ...checkPodTemplate({}), ...checkPodTemplate({spec: {}})], []);
});

test('validate tells a forbidden field with its place, what was found and the remedy', () => {
  const text = broken('limits:', 'template: {podTemplate: {spec: {hostNetwork: true}}}\n  limits:');
  assert.deepEqual(told(text), [
    '16:35 spec.template.podTemplate.spec.hostNetwork: found hostNetwork; trials get no namespace of their node; remove it',
  ]);
});
