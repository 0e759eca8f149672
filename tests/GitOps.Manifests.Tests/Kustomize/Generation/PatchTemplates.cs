namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>What patches change, with all directives of strategic merge.</summary>
internal static class PatchTemplates
{
    public static readonly IReadOnlyList<string> Metadata =
    [
        "annotations: {patched: 'yes', note: null}", "labels: {app: null, more: <value>}", "labels: {$patch: replace, app: Self}", "annotations: null", "labels: {$patch: delete}", "finalizers: [c/d, e/f]",
        "{$deleteFromPrimitiveList/finalizers: [a/b]}", "{$setElementOrder/finalizers: [c/d, a/b], finalizers: [x/y]}", "annotations: {note: <number>}", "namespace: <pick team | default>", "{ownerReferences: [{uid: a, kind: K, name: n}]}",
    ];

    public static readonly IReadOnlyList<string> Pods =
    [
        "containers: [{name: helper, $patch: delete}]",
        "containers: [{$patch: replace}, {name: only, image: <image>}]",
        "containers: [{name: side, image: <image>}, {name: app, command: [run], args: null}]",
        "containers: [{name: app, env: [{name: A, value: <value>}, {name: Z, value: new}, {name: B, $patch: delete}], ports: [{containerPort: 80, name: web}, {containerPort: 9090}]}]",
        "containers: [{name: app, env: [{name: A, valueFrom: {fieldRef: {fieldPath: x}}, value: null}, {name: N, value: <number>}]}]",
        "containers: [{name: app, ports: [{containerPort: 53, protocol: TCP, name: x}, {containerPort: 53, protocol: UDP, $patch: delete}]}]",
        "containers: [{name: app, ports: [{$patch: replace}, {containerPort: 1}]}]",
        "containers: [{name: app, image: <image>, resources: {limits: {cpu: <number>, memory: null}}}]",
        "containers: [{name: app, resources: {$patch: replace, requests: {memory: 1Mi}}, securityContext: {capabilities: {add: [C]}}}]",
        "containers: [{name: app, volumeMounts: [{mountPath: /data, name: other}, {mountPath: /new, name: new}], envFrom: [{configMapRef: {name: more}}]}]",
        "containers: [{name: app, volumeMounts: [{mountPath: /data, $patch: delete}], readinessProbe: {httpGet: {httpHeaders: []}}}]",
        "{$setElementOrder/containers: [{name: helper}, {name: app}], containers: [{name: app, image: <image>}]}",
        "containers: []", "containers: null", "containers: [{name: app}, {name: app, image: twice}]",
        "initContainers: [{name: init, command: [a]}, {name: init2, image: <image>}]", "initContainers: [{$patch: delete}]",
        "volumes: [{name: claim, $patch: delete}, {name: more, emptyDir: {}}]",
        "volumes: [{name: settings, $retainKeys: [name, secret], secret: {secretName: credentials}}, {name: own, emptyDir: {medium: Memory}}]",
        "volumes: [{name: settings, configMap: null, secret: {secretName: credentials}}, {name: all, projected: {sources: [{configMap: {name: settings}}]}}]",
        "nodeSelector: {disk: hdd, $patch: replace}", "nodeSelector: {disk: null, zone: <value>}", "nodeSelector: {$retainKeys: [zone], zone: a}",
        "tolerations: [{key: c, operator: Exists}]", "imagePullSecrets: [{name: credentials, $patch: delete}, {name: more}]", "hostAliases: [{ip: 10.0.0.1, hostnames: [c]}, {ip: 10.0.0.2, hostnames: [d]}]",
        "topologySpreadConstraints: [{topologyKey: zone, whenUnsatisfiable: X}, {topologyKey: host, maxSkew: 2, whenUnsatisfiable: Y}]", "affinity: null", "affinity: {$patch: delete}", "affinity: {podAffinity: {$patch: replace}}",
        "serviceAccountName: <pick null | Self | settings>", "restartPolicy: <value>", "{}", "terminationGracePeriodSeconds: <number>",
    ];

    public static readonly IReadOnlyList<string> Specs =
        ["replicas: <pick 5 | null | \"7\">", "replicas: <number>", "strategy: {type: Recreate, rollingUpdate: null}", "strategy: {$retainKeys: [type], type: Recreate}", "selector: {matchLabels: {extra: x}}", "paused: true", "volumeClaimTemplates: [{metadata: {name: more}}]"];

    public static readonly IReadOnlyDictionary<string, string[]> Merges = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Service"] = ["spec: {ports: [{port: 53, protocol: UDP, name: x}, {port: 81, name: new}], selector: {a: b}}", "spec: {ports: [{port: 80, $patch: delete}]}", "spec: {ports: [{$patch: replace}, {port: 1}]}", "spec: null", "spec: {selector: null, clusterIP: None}", "spec: {ports: [{port: <number>}]}"],
        ["ConfigMap"] = ["data: {key: null, added: <value>}", "data: {$patch: replace, only: <value>}", "data: {nested: <value>, n: <number>}", "data: null", "{data: {$patch: delete}, immutable: true}"],
        ["Secret"] = ["{data: {key: bmV3}, stringData: {a: <value>}}", "type: null"],
        ["Widget"] = ["spec: {list: [b], size: null, ref: {name: other}}", "spec: {size: <number>, on: <number>, text: <value>}", "spec: {empty: {a: {b: null}}, none: [1], $patch: replace}", "spec: {items: [{name: b, value: 3}]}", "spec: {template: {spec: {containers: [{name: new}]}}}", "spec: {containers: [{name: app, $patch: delete}]}", "status: null"],
        ["ClusterWidget"] = ["extra: null", "spec: {a: {b: {c: null, d: {}}}}"],
        ["RoleBinding"] = ["subjects: [{kind: User, name: patched}]", "roleRef: {name: other}", "subjects: [{$patch: replace}, {kind: User, name: only}]"],
        ["ClusterRoleBinding"] = ["subjects: [{kind: User, name: patched}]", "subjects: null"],
        ["ClusterRole"] = ["rules: [{apiGroups: [x], verbs: [get]}]", "rules: null"],
        ["ServiceAccount"] = ["{secrets: [{name: more}], imagePullSecrets: [{name: more}]}", "secrets: [{name: credentials, $patch: delete}]", "automountServiceAccountToken: <pick true | null>"],
        ["Ingress"] = ["spec: {tls: null, rules: [{host: patched}]}", "spec: {rules: [{$patch: delete, host: x}]}"],
        ["HorizontalPodAutoscaler"] = ["spec: {maxReplicas: <number>, metrics: [{type: Resource}]}"],
        ["NetworkPolicy"] = ["spec: {podSelector: {$patch: replace}, ingress: []}"],
        ["PersistentVolumeClaim"] = ["spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: <number>}}}"],
        ["ValidatingWebhookConfiguration"] = ["webhooks: [{name: a.example.dev, failurePolicy: Ignore}, {name: new.example.dev}]", "webhooks: [{name: a.example.dev, $patch: delete}]"],
        ["CustomResourceDefinition"] = ["spec: {versions: [{name: v1, served: true}]}"],
        ["Certificate"] = ["spec: {dnsNames: [a]}"],
    };

    public static readonly IReadOnlyList<string> PodOperations =
    [
        "{op: replace, path: POD/containers/0/image, value: <image>}", "{op: add, path: POD/containers/-, value: {name: appended, image: <image>}}", "{op: add, path: POD/containers/0/command, value: [a, b]}",
        "{op: test, path: POD/containers/0/name, value: app}", "{op: copy, from: POD/containers/0/image, path: POD/containers/0/workingDir}", "{op: move, from: POD/containers/0/image, path: POD/moved}", "{op: add, path: POD/containers/0, value: {name: first}}",
        "{op: add, path: POD/nodeSelector, value: {n: <number>, v: <value>}}", "{op: replace, path: POD/containers, value: []}", "{op: add, path: POD/hostNetwork, value: true}", "{op: remove, path: POD/containers/0/image}",
    ];

    public static readonly IReadOnlyList<string> Operations =
    [
        "{op: add, path: /metadata/annotations, value: {set~by: json, a/b: <value>}}", "{op: add, path: /metadata/labels, value: {app: Self}}", "{op: add, path: /spec, value: {x: <number>}}", "{op: test, path: /kind, value: KIND}",
        "{op: copy, from: /metadata/name, path: /copied}", "{op: add, path: /extra, value: {a: [1, <number>, <value>], 'b/c~d': null}}", "{op: add, path: /extra~1x, value: <value>}", "{op: replace, path: /metadata/name, value: renamed}",
        "{op: add, path: /metadata/namespace, value: team}", "{op: remove, path: /metadata/labels}", "{op: replace, path: /kind, value: Renamed-Self}", "{op: add, path: /metadata/annotations/x~1y, value: <value>}", "{op: move, from: /metadata/labels, path: /metadata/annotations}",
        "{op: test, path: /missing, value: null}", "{op: add, path: /number, value: <number>}",
    ];
}
