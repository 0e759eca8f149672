using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>
/// Workloads, and what their controllers would say of them: no test of syncing relies on a controller, so that all of them run
/// on a bare API server too.
/// </summary>
internal static class Workloads
{
    private const string Image = "registry.example.com/work:1";

    /// <param name="name">In the Application's namespace.</param>
    /// <param name="annotations">A YAML flow map.</param>
    /// <param name="image">Of the only container.</param>
    public static string Deployment(string name, string annotations = "{}", string image = Image) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: "{{name}}", annotations: {{annotations}} }
        spec:
          replicas: 1
          selector: {matchLabels: {app: "{{name}}"} }
          template:
            metadata: {labels: {app: "{{name}}"} }
            spec: {containers: [{name: main, image: "{{image}}"}] }

        """;

    /// <param name="name"><c>name: x</c> or <c>generateName: x-</c>.</param>
    /// <param name="annotations">A YAML flow map.</param>
    /// <param name="image">Of the only container.</param>
    public static string Job(string name, string annotations, string image = Image) => $$"""
        apiVersion: batch/v1
        kind: Job
        metadata: { {{name}}, annotations: {{annotations}} }
        spec:
          template:
            spec: {restartPolicy: Never, containers: [{name: main, image: "{{image}}"}] }

        """;

    /// <summary>An annotation map of Argo CD's names: <c>hook=PreSync sync-wave=1</c>.</summary>
    public static string Argo(string text) => $$"""
        { {{string.Join(", ", text.Split(' ').Select(static item => $"argocd.argoproj.io/{item[..item.IndexOf('=', StringComparison.Ordinal)]}: \"{item[(item.IndexOf('=', StringComparison.Ordinal) + 1)..]}\""))}} }
        """.Trim();

    public static async Task RollOutAsync(this TestSpace space, string name)
    {
        var found = await space.UntilObjectAsync(Kinds.Deployment, space.Target, name, "is there", static _ => true);
        var generation = found.Metadata!["generation"]!.GetValue<long>();
        await space.Cluster.MergeAsync(Kinds.Deployment, space.Target, name, $$"""
            {"status": {"observedGeneration": {{generation}}, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
              "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}] } }
            """, "kube-controller-manager", "status");
    }

    /// <param name="space">Where.</param>
    /// <param name="name">Of the Job.</param>
    /// <param name="succeeds">Or it fails.</param>
    public static Task EndJobAsync(this TestSpace space, string name, bool succeeds = true) => space.Cluster.MergeAsync(
        Kinds.Job, space.Target, name, succeeds
            ? """
              {"status": {"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:01Z", "succeeded": 1,
                "conditions": [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}] } }
              """
            : """
              {"status": {"startTime": "2026-01-01T00:00:00Z", "failed": 1,
                "conditions": [{"type": "FailureTarget", "status": "True", "message": "no luck"}, {"type": "Failed", "status": "True", "message": "no luck"}] } }
              """, "kube-controller-manager", "status");

    /// <summary>Waits until a sync has failed, whether or not it is to be repeated.</summary>
    public static async Task<Condition> UntilFailedAsync(this TestSpace space, NamespacedName application) =>
        (await space.UntilAsync(application, "has failed", static found =>
            found.Status.Condition(Conditions.Ready) is { Status: "False", Reason: "SyncFailed" or "Retrying" })).Status.Condition(Conditions.Ready)!;

    public static Task<KubernetesObject> UntilJobAsync(this TestSpace space, string name) =>
        space.UntilObjectAsync(Kinds.Job, space.Target, name, "is there", static found => !found.IsTerminating);

    public static async Task<bool> HasAsync(this TestSpace space, string configMap) =>
        await space.Cluster.GetAsync(Kinds.ConfigMap, space.Target, configMap) is not null;

    public static async Task<bool> HasAsync(this TestSpace space, string configMap, string value) =>
        (await space.Cluster.GetAsync(Kinds.ConfigMap, space.Target, configMap))?.At("data", "key")?.GetValue<string>() == value;
}
