using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>What somebody does to an object, what has to be reported of it, and how it is seen that it was put right.</summary>
/// <param name="Resource">The object's kind.</param>
/// <param name="Name">The object's name.</param>
/// <param name="Manifest">What is in the repository.</param>
/// <param name="Edit">What somebody does.</param>
/// <param name="Fields"><c>path manager operation</c>, sorted; a dash for nobody.</param>
/// <param name="IsRight">Whether the object is as the manifest says, in what was edited.</param>
internal sealed record EditCase(
    ApiResource Resource, string Name, string Manifest, Func<DriftBed, Task> Edit, string[] Fields, Func<KubernetesObject, bool> IsRight)
{
    public static readonly ApiResource NetworkPolicy = ApiResource.Of("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", namespaced: true);

    private const string OurLabel = "metadata.labels[\"gitops-operator.dev/application\"]";
    private const string OurAnnotation = "metadata.annotations[\"gitops-operator.dev/tracking-id\"]";

    public static readonly SortedDictionary<string, EditCase> All = new(StringComparer.Ordinal)
    {
        ["an image is edited"] = Deployment(
            static bed => bed.EditAsync(
                Kinds.Deployment, "web", """{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "example.com/web:2"}] } } } }"""),
            static live => Text(Container(live)["image"]) == "example.com/web:1",
            "spec.template.spec.containers[name=main].image kubectl-edit Update"),
        ["it is scaled"] = Deployment(
            static bed => bed.Cluster.MergeAsync(Kinds.Deployment, bed.Target, "web", """{"spec": {"replicas": 7} }""", "kubectl", "scale"),
            static live => live.At("spec", "replicas")!.GetValue<int>() == 2,
            "spec.replicas kubectl Update"),
        ["another manager applies with force"] = Deployment(
            static bed => ApplyReplicasAsync(bed, "rival"),
            static live => live.At("spec", "replicas")!.GetValue<int>() == 2,
            "spec.replicas rival Apply"),
        ["our own name is used by another"] = Deployment(
            static bed => ApplyReplicasAsync(bed, Names.FieldManager),
            static live => live.At("spec", "replicas")!.GetValue<int>() == 2,
            "spec.replicas gitops-operator Apply"),
        ["init containers are reordered"] = Deployment(
            static bed => bed.ReplaceAsync(Kinds.Deployment, "web", static live => Reverse(PodSpec(live)["initContainers"])),
            static live => Text(PodSpec(live)["initContainers"]![0]!["name"]) == "first",
            "spec.template.spec.initContainers -"),
        ["environment variables are reordered"] = Deployment(
            static bed => bed.ReplaceAsync(Kinds.Deployment, "web", static live => Reverse(Container(live)["env"])),
            static live => Text(Container(live)["env"]![0]!["name"]) == "A",
            "spec.template.spec.containers[name=main].env -"),
        ["an environment variable is removed"] = Deployment(
            static bed => bed.EditAsync(
                Kinds.Deployment, "web",
                """{"spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "B", "$patch": "delete"}] }] } } } }"""),
            static live => Container(live)["env"]!.AsArray().Count == 2,
            "spec.template.spec.containers[name=main].env[name=B] -"),
        ["a label is removed"] = Deployment(
            static bed => bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"labels": {"team": null} } }"""),
            static live => live.Label("team") == "a",
            "metadata.labels.team -"),
        ["our label names another"] = Deployment(
            static bed => bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"labels": {"gitops-operator.dev/application": "other.app"} } }""", "kubectl-label"),
            static live => live.Label(Names.ApplicationLabel) != "other.app",
            $"{OurLabel} kubectl-label Update"),
        ["our label is stripped"] = Deployment(
            static bed => bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"labels": {"gitops-operator.dev/application": null} } }"""),
            static live => live.Label(Names.ApplicationLabel) is not null,
            $"{OurLabel} -"),
        ["our tracking id names another"] = Deployment(
            static bed => bed.EditAsync(
                Kinds.Deployment, "web", """{"metadata": {"annotations": {"gitops-operator.dev/tracking-id": "a/b:c/D:e/f"} } }""", "kubectl-annotate"),
            static live => live.Annotation(Names.TrackingIdAnnotation) != "a/b:c/D:e/f",
            $"{OurAnnotation} kubectl-annotate Update"),
        ["two fields are edited by two managers"] = Deployment(
            static async bed =>
            {
                await bed.Cluster.MergeAsync(Kinds.Deployment, bed.Target, "web", """{"spec": {"replicas": 7}, "metadata": {"labels": {"team": "b"} } }""", "vi");
            },
            static live => live.At("spec", "replicas")!.GetValue<int>() == 2 && live.Label("team") == "a",
            "metadata.labels.team vi Update", "spec.replicas vi Update"),
        ["an item is added to an atomic list"] = new(
            NetworkPolicy, "policy", DriftManifests.NetworkPolicy,
            static bed => bed.ReplaceAsync(NetworkPolicy, "policy", static live => live.At("spec", "ingress")!.AsArray().Add(new JsonObject())),
            ["spec.ingress kubectl-replace Update"],
            static live => live.At("spec", "ingress")!.AsArray().Count == 1),
        ["data of a ConfigMap is edited"] = new(
            Kinds.ConfigMap, "settings", DriftManifests.ConfigMap(),
            static bed => bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"color": "red"} }"""),
            ["data.color kubectl-edit Update"],
            static live => Text(live.At("data", "color")) == "blue"),
        ["data of a ConfigMap is removed"] = new(
            Kinds.ConfigMap, "settings", DriftManifests.ConfigMap(),
            static bed => bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"color": null} }"""),
            ["data.color -"],
            static live => Text(live.At("data", "color")) == "blue"),
        ["an autoscaler of the old version is edited"] = new(
            Kinds.Autoscaler, "scaler", DriftManifests.Autoscaler,
            static bed => bed.Cluster.MergeAsync(
                ApiResource.Of("autoscaling/v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", namespaced: true, "status"),
                bed.Target, "scaler", """{"spec": {"targetCPUUtilizationPercentage": 90} }""", "kubectl-edit"),
            ["spec.targetCPUUtilizationPercentage kubectl-edit Update"],
            static live => live.At("spec", "metrics")![0]!["resource"]!["target"]!["averageUtilization"]!.GetValue<int>() == 70),
        ["an autoscaler is edited in the new version"] = new(
            Kinds.Autoscaler, "scaler", DriftManifests.Autoscaler,
            static bed => bed.Cluster.MergeAsync(Kinds.Autoscaler, bed.Target, "scaler", """{"spec": {"maxReplicas": 9} }""", "kubectl-edit"),
            ["spec.maxReplicas kubectl-edit Update"],
            static live => live.At("spec", "maxReplicas")!.GetValue<int>() == 4),
        ["the only element of a list is removed"] = Deployment(
            static bed => bed.EditAsync(
                Kinds.Deployment, "web", """{"spec": {"template": {"spec": {"volumes": [{"name": "tmp", "$patch": "delete"}] } } } }"""),
            static live => PodSpec(live)["volumes"]?.AsArray().Count == 1,
            "spec.template.spec.volumes -"),
    };

    public static JsonObject PodSpec(KubernetesObject live) => live.At("spec", "template", "spec")!.AsObject();

    public static JsonObject Container(KubernetesObject live) => PodSpec(live)["containers"]![0]!.AsObject();

    private static EditCase Deployment(Func<DriftBed, Task> edit, Func<KubernetesObject, bool> isRight, params string[] fields) =>
        new(Kinds.Deployment, "web", DriftManifests.Deployment(), edit, fields, isRight);

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static void Reverse(JsonNode? list)
    {
        var items = list!.AsArray();
        var reversed = items.Reverse().Select(static item => item!.DeepClone()).ToList();
        items.Clear();
        reversed.ForEach(items.Add);
    }

    // All that our own apply sends, and another number of replicas: as a second operator or a former leader would.
    private static async Task ApplyReplicasAsync(DriftBed bed, string manager)
    {
        var application = new NamespacedName(bed.Application.Namespace, bed.Application.Name);
        var desired = await TestSpace.ParseAsync(DriftManifests.Deployment());
        desired.Metadata!["namespace"] = bed.Target;
        desired.Metadata!["labels"]![Names.ApplicationLabel] = Marks.LabelValue(application);
        desired.Metadata!["annotations"] = new JsonObject { [Names.TrackingIdAnnotation] = Marks.TrackingId(application, desired.Key) };
        desired.Json["spec"]!["replicas"] = 7;

        // Managers of one name are told apart by the time of their entry alone, and the server counts seconds.
        var entry = ManagedFieldsEntry.Of((await bed.LiveAsync(Kinds.Deployment, "web"))!).First(static item => item.Manager == Names.FieldManager);
        await Eventually.IsTrueAsync("a second has passed", () => DateTimeOffset.UtcNow > DateTimeOffset.Parse(entry.Time, CultureInfo.InvariantCulture).AddSeconds(1));
        await bed.Cluster.ApplyAsync(Kinds.Deployment, desired, manager);
    }
}
