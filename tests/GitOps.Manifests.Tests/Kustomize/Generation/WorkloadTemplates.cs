namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>Templates of all that has pods, with every way in which a pod refers to other objects.</summary>
internal static class WorkloadTemplates
{
    public static readonly IReadOnlyList<(string Kind, string ApiVersion)> Kinds =
    [
        ("Deployment", "apps/v1"), ("Deployment", "apps/v1"), ("StatefulSet", "apps/v1"), ("DaemonSet", "apps/v1"), ("ReplicaSet", "apps/v1"), ("ReplicationController", "v1"),
        ("Job", "batch/v1"), ("CronJob", "batch/v1"), ("CronJob", "batch/v1beta1"), ("Pod", "v1"), ("PodTemplate", "v1"), ("Deployment", "extensions/v1beta1"),
    ];

    public const string Container = """
        name: Self
        image: <image>
        ?3 command: [run, --name=$(WEB_NAME), <value>]
        ?args: ['$(WEB_NAME)', <value>]
        ?env:
        - {name: A, value: <value>}
        - {?: 1, name: N, value: <number>}
        - {name: B, valueFrom: {configMapKeyRef: {name: Peer, key: key}}}
        - {?: 1, name: C, valueFrom: {secretKeyRef: {name: credentials, key: user}}}
        - {?: 1, name: D, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        ?3 envFrom:
        - configMapRef: {name: settings}
        - {prefix: X_, secretRef: {name: credentials, optional: true}}
        ?3 ports:
        - {name: http, containerPort: 80}
        - {?: 1, name: dns, containerPort: 53, protocol: UDP}
        - {?: 1, name: dns-tcp, containerPort: 53, protocol: TCP}
        ?4 volumeMounts:
        - {name: settings, mountPath: /etc/$(WEB_NAME)}
        - {name: data, mountPath: /data, subPath: a}
        ?6 resources: {limits: {cpu: <number>, memory: 1Gi}, requests: {cpu: 100m}}
        ?8 securityContext: {capabilities: {add: [A, B], drop: [ALL]}}
        ?8 readinessProbe: {httpGet: {path: /, port: http, httpHeaders: [{name: X, value: <value>}]}}
        """;

    public const string Pod = """
        ?3 serviceAccountName: <pick Peer | Self | default>
        ?8 serviceAccount: Self
        ?4 volumes:
        - {name: settings, configMap: {name: settings, items: [{key: key, path: a}]}}
        - {?: 1, name: secret, secret: {secretName: credentials}}
        - {?: 1, name: claim, persistentVolumeClaim: {claimName: Self}}
        - {?: 1, name: all, projected: {sources: [{configMap: {name: settings}}, {secret: {name: credentials}}, {serviceAccountToken: {path: t}}]}}
        - {?: 1, name: csi, csi: {driver: d, nodePublishSecretRef: {name: credentials}}}
        - {?: 1, name: image, image: {reference: <image>}}
        - {?: 1, name: disk, azureFile: {secretName: credentials, shareName: s}}
        - {?: 1, name: own, emptyDir: {}}
        ?6 imagePullSecrets: [{name: credentials}, {name: other}]
        ?6 nodeSelector: {disk: ssd}
        ?6 tolerations: [{key: a, operator: Exists}, {key: b, effect: NoSchedule}]
        ?6 hostAliases: [{ip: 10.0.0.1, hostnames: [a, b]}]
        ?6 priorityClassName: Peer
        ?8 runtimeClassName: Peer
        ?6 topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, labelSelector: {matchLabels: {app: Self}}}]
        ?6 affinity:
          podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: h, labelSelector: {matchLabels: {app: Self}}}]}
          podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: h, labelSelector: {matchLabels: {app: Self}}}}]}
        ?8 restartPolicy: Always
        """;

    /// <summary>What surrounds a template of pods.</summary>
    public static string Spec(string kind) => kind switch
    {
        "StatefulSet" => """
            serviceName: <pick Self | Peer>
            ?replicas: <pick 1 | 2>
            selector: {matchLabels: {app: Self}}
            ?volumeClaimTemplates:
            - metadata: {name: data, ?labels: {app: Self}}
              spec: {storageClassName: Peer, resources: {requests: {storage: 1Gi}}}
            """,
        "Deployment" => """
            ?replicas: <pick 1 | 2 | null | "3">
            selector: {matchLabels: {app: Self}, ?6 matchExpressions: [{key: app, operator: In, values: [Self]}]}
            ?8 strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
            """,
        "ReplicaSet" => "{?replicas: <number>, selector: {matchLabels: {app: Self}}}",
        "ReplicationController" => "{?replicas: 2, ?selector: {app: Self}}",
        "DaemonSet" => "{selector: {matchLabels: {app: Self}}, ?8 updateStrategy: {type: OnDelete}}",
        "Job" => "{?8 selector: {matchLabels: {app: Self}}, ?6 backoffLimit: <number>}",
        _ => "{?8 suspend: false}",
    };
}
