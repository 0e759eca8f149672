
namespace GitOps.Manifests.Kustomize.Model;

/// <summary>
/// The fields that kustomize 5 sets without being told to. Most are those of a pod, which lies elsewhere in each workload.
/// </summary>
internal static class DefaultConfig
{
    private const string Rbac = "rbac.authorization.k8s.io";
    private const string Admission = "admissionregistration.k8s.io";
    private const string Registration = "apiregistration.k8s.io";

    /// <summary>Where the spec of a pod lies.</summary>
    private static readonly (string Kind, string Path)[] Pods =
    [
        ("Pod", "spec"), ("PodTemplate", "template/spec"), ("Deployment", "spec/template/spec"), ("ReplicaSet", "spec/template/spec"),
        ("DaemonSet", "spec/template/spec"), ("StatefulSet", "spec/template/spec"), ("ReplicationController", "spec/template/spec"),
        ("Job", "spec/template/spec"), ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ];

    private static readonly string[] Scaled = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
    private static readonly string[] Workloads = ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"];
    private static readonly string[] StorageSecrets = ["secretName", "adminSecretName", "userSecretName", "secretRef"];
    private static readonly string[] PodSpecs = ["spec", "spec/template/spec"];
    private static readonly string[] ContainerTexts = ["args", "command", "env/value", "volumeMounts/mountPath"];
    private static readonly string[] ContainerLists = ["containers", "initContainers"];

    public static TransformerConfig Value { get; } = Create();

    private static TransformerConfig Create() => new TransformerConfig
    {
        NamePrefix = [Any("metadata/name")],
        NameSuffix = [Any("metadata/name")],
        Namespace =
        [
            Spec("metadata/name", "Namespace", create: true),
            Spec("spec/service/namespace", "APIService", Registration, create: true),
            Spec("spec/conversion/webhook/clientConfig/service/namespace", "CustomResourceDefinition", "apiextensions.k8s.io"),
        ],
        CommonLabels = [.. Selectors(), .. MetadataLabels()],
        TemplateLabels = [.. MetadataLabels()],
        CommonAnnotations = [.. Annotations()],
        NameReference = [.. References()],
        VarReference = [.. Variables()],
        Images =
        [
            .. PodSpecs.SelectMany(static pod => new[]
            {
                Any($"{pod}/containers[]/image", create: true), Any($"{pod}/initContainers[]/image", create: true),
                Any($"{pod}/volumes[]/image/reference", create: true),
            }),
        ],
        Replicas =
        [
            .. Scaled.Select(static kind => Spec("spec/replicas", kind, create: true)),
        ],
    }.Sorted();

    private static FieldSpec Any(string path, bool create = false) => new(new(string.Empty, string.Empty, string.Empty), path, create);

    private static FieldSpec Spec(string path, string kind, string group = "", string version = "", bool create = false) =>
        new(new(group, version, kind), path, create);

    /// <summary>The same fields of a pod in some of the workloads.</summary>
    private static IEnumerable<FieldSpec> InPods(string kinds, params string[] paths)
    {
        var wanted = kinds.Split(' ');
        return Pods.Where(pod => wanted.Contains(pod.Kind, StringComparer.Ordinal))
            .SelectMany(pod => paths.Select(path => Spec($"{pod.Path}/{path}", pod.Kind)));
    }

    private static IEnumerable<FieldSpec> Selectors()
    {
        yield return Spec("spec/selector", "Service", version: "v1", create: true);
        yield return Spec("spec/selector", "ReplicationController", version: "v1", create: true);
        foreach (var kind in new[] { "Deployment", "ReplicaSet", "DaemonSet" })
        {
            yield return Spec("spec/selector/matchLabels", kind, create: true);
        }

        yield return Spec("spec/selector/matchLabels", "StatefulSet", "apps", create: true);
        foreach (var kind in new[] { "Deployment", "StatefulSet" })
        {
            foreach (var affinity in new[] { "podAffinity", "podAntiAffinity" })
            {
                var path = $"spec/template/spec/affinity/{affinity}";
                yield return Spec($"{path}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels", kind, "apps");
                yield return Spec($"{path}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels", kind, "apps");
            }

            yield return Spec("spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels", kind, "apps");
        }

        yield return Spec("spec/selector/matchLabels", "Job", "batch");
        yield return Spec("spec/jobTemplate/spec/selector/matchLabels", "CronJob", "batch");
        yield return Spec("spec/selector/matchLabels", "PodDisruptionBudget", "policy");
        foreach (var path in new[] { "spec", "spec/ingress/from", "spec/egress/to" })
        {
            yield return Spec($"{path}/podSelector/matchLabels", "NetworkPolicy", "networking.k8s.io");
        }
    }

    private static IEnumerable<FieldSpec> MetadataLabels()
    {
        yield return Any("metadata/labels", create: true);
        foreach (var spec in Templates("labels"))
        {
            yield return spec.Gvk.Kind == "StatefulSet" ? new(spec.Gvk with { Group = "apps" }, spec.Path, spec.Create) : spec;
        }

        yield return Spec("spec/volumeClaimTemplates[]/metadata/labels", "StatefulSet", "apps", create: true);
    }

    private static IEnumerable<FieldSpec> Annotations() => Templates("annotations").Prepend(Any("metadata/annotations", create: true));

    /// <summary>A map of metadata in the templates of pods and jobs.</summary>
    private static IEnumerable<FieldSpec> Templates(string field)
    {
        yield return Spec($"spec/template/metadata/{field}", "ReplicationController", version: "v1", create: true);
        foreach (var kind in Workloads)
        {
            yield return Spec($"spec/template/metadata/{field}", kind, create: true);
        }

        yield return Spec($"spec/template/metadata/{field}", "Job", "batch", create: true);
        yield return Spec($"spec/jobTemplate/metadata/{field}", "CronJob", "batch", create: true);
        yield return Spec($"spec/jobTemplate/spec/template/metadata/{field}", "CronJob", "batch", create: true);
    }

    private static IEnumerable<NameReference> References()
    {
        const string WithTemplates = "Pod PodTemplate Deployment ReplicaSet DaemonSet StatefulSet Job CronJob";
        const string Common = "Pod StatefulSet Deployment ReplicationController CronJob Job DaemonSet";
        foreach (var kind in Scaled)
        {
            yield return To(kind, [Spec("spec/scaleTargetRef/name", "HorizontalPodAutoscaler")]);
        }

        yield return To("ConfigMap", version: "v1", referrers:
        [
            .. InPods(
                WithTemplates, "volumes/configMap/name", "containers/env/valueFrom/configMapKeyRef/name",
                "initContainers/env/valueFrom/configMapKeyRef/name", "containers/envFrom/configMapRef/name", "initContainers/envFrom/configMapRef/name",
                "volumes/projected/sources/configMap/name").Select(CorePod),
            Spec("spec/configSource/configMap", "Node"), Spec("rules/resourceNames", "Role"), Spec("rules/resourceNames", "ClusterRole"),
            Spec("metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap", "Ingress"),
        ]);
        yield return To("Secret", version: "v1", referrers:
        [
            .. InPods(
                WithTemplates, "volumes/secret/secretName", "containers/env/valueFrom/secretKeyRef/name",
                "initContainers/env/valueFrom/secretKeyRef/name", "containers/envFrom/secretRef/name", "initContainers/envFrom/secretRef/name",
                "imagePullSecrets/name", "volumes/projected/sources/secret/name").Select(CorePod),
            Spec("spec/tls/secretName", "Ingress"), Spec("metadata/annotations/ingress.kubernetes.io\\/auth-secret", "Ingress"),
            Spec("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret", "Ingress"),
            Spec("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret", "Ingress"), Spec("imagePullSecrets/name", "ServiceAccount"),
            .. StorageSecrets.Select(static name => Spec($"parameters/{name}", "StorageClass")),
            Spec("rules/resourceNames", "Role"), Spec("rules/resourceNames", "ClusterRole"),
            Spec("spec/template/spec/containers/env/valueFrom/secretKeyRef/name", "Service", "serving.knative.dev", "v1"),
            Spec("spec/azureFile/secretName", "PersistentVolume"),
        ]);
        yield return To("Service", version: "v1", referrers:
        [
            Spec("spec/serviceName", "StatefulSet", "apps"), Spec("spec/rules/http/paths/backend/serviceName", "Ingress"),
            Spec("spec/backend/serviceName", "Ingress"), Spec("spec/rules/http/paths/backend/service/name", "Ingress"),
            Spec("spec/defaultBackend/service/name", "Ingress"), Spec("spec/service/name", "APIService", Registration),
            Spec("webhooks/clientConfig/service", "ValidatingWebhookConfiguration", Admission),
            Spec("webhooks/clientConfig/service", "MutatingWebhookConfiguration", Admission),
        ]);
        yield return To("Role", group: Rbac, referrers: [Spec("roleRef/name", "RoleBinding", Rbac)]);
        yield return To("ClusterRole", group: Rbac, referrers: [Spec("roleRef/name", "RoleBinding", Rbac), Spec("roleRef/name", "ClusterRoleBinding", Rbac)]);
        yield return To("ServiceAccount", version: "v1", referrers:
        [
            Spec("subjects", "RoleBinding", Rbac), Spec("subjects", "ClusterRoleBinding", Rbac), .. InPods(Common, "serviceAccountName"),
        ]);
        yield return To("PersistentVolumeClaim", version: "v1", referrers: [.. InPods(Common, "volumes/persistentVolumeClaim/claimName")]);
        yield return To("PersistentVolume", version: "v1", referrers: [Spec("spec/volumeName", "PersistentVolumeClaim"), Spec("rules/resourceNames", "ClusterRole")]);
        yield return To("StorageClass", "storage.k8s.io", "v1",
        [
            Spec("spec/storageClassName", "PersistentVolume"), Spec("spec/storageClassName", "PersistentVolumeClaim"),
            Spec("spec/volumeClaimTemplates/spec/storageClassName", "StatefulSet"),
        ]);
        yield return To("PriorityClass", "scheduling.k8s.io", "v1", [.. InPods(Common, "priorityClassName")]);

        // The group is what kustomize has there; no object is of it, so the names of ingress classes are not followed.
        yield return To("IngressClass", "networking.k8s.io/v1", "v1", [Spec("spec/ingressClassName", "Ingress")]);
        yield return To("ValidatingAdmissionPolicy", Admission, referrers: [Spec("spec/policyName", "ValidatingAdmissionPolicyBinding", Admission)]);
    }

    private static FieldSpec CorePod(FieldSpec spec) => spec.Gvk.Kind == "Pod" ? new(spec.Gvk with { Version = "v1" }, spec.Path, spec.Create) : spec;

    private static NameReference To(string kind, List<FieldSpec> referrers) => To(kind, string.Empty, string.Empty, referrers);

    private static NameReference To(string kind, string group = "", string version = "", List<FieldSpec>? referrers = null) =>
        new(new(group, version, kind), referrers ?? []);

    private static IEnumerable<FieldSpec> Variables()
    {
        foreach (var spec in InPods(
            "CronJob DaemonSet Deployment Job Pod ReplicaSet StatefulSet",
            [.. ContainerLists.SelectMany(static list => ContainerTexts.Select(field => $"{list}/{field}"))]))
        {
            yield return spec;
        }

        yield return Spec("spec/jobTemplate/spec/template/volumes/nfs/server", "CronJob");
        foreach (var spec in InPods("DaemonSet Deployment Job Pod ReplicaSet", "volumes/nfs/server"))
        {
            yield return spec;
        }

        yield return Spec("spec/volumeClaimTemplates/spec/nfs/server", "StatefulSet");
        yield return Spec("spec/nfs/server", "PersistentVolume");
        yield return Spec("spec/template/metadata/annotations", "Deployment");
        yield return Spec("spec/rules/host", "Ingress");
        yield return Spec("spec/tls/hosts", "Ingress");
        yield return Spec("spec/tls/secretName", "Ingress");
        yield return Spec("spec/ports/port", "Service");
        yield return Spec("spec/ports/targetPort", "Service");
        yield return Any("metadata/labels");
        yield return Any("metadata/annotations");
    }
}
