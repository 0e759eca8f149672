using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>What people ask of an Application beside its spec, and what they are told.</summary>
internal static class Asking
{
    private static readonly string Resource = $"{Names.Application.Plural}.{Names.Group}";

    /// <summary>An Application that syncs only when it is asked to.</summary>
    public static Task<NamespacedName> CreateManualAsync(this TestSpace space, GitRepo repository) =>
        space.CreateApplicationAsync("web", repository, change: static json => json["spec"]!["syncPolicy"]!.AsObject().Remove("automated"));

    /// <param name="space">Where.</param>
    /// <param name="application">Whose.</param>
    /// <param name="operation">JSON of the field.</param>
    public static Task OperateAsync(this TestSpace space, NamespacedName application, string operation) =>
        space.Cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, $$"""{"operation":{{operation}} }""");

    /// <param name="space">Where.</param>
    /// <param name="application">Whose.</param>
    /// <param name="name">Of the annotation.</param>
    /// <param name="value">Null: takes it off.</param>
    public static Task AnnotateAsync(this TestSpace space, NamespacedName application, string name, string? value) =>
        space.Cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name,
            $$"""{"metadata":{"annotations":{"{{name}}":{{(value is null ? "null" : $"\"{value}\"")}} } } }""");

    /// <summary>Runs the real kubectl on the Application.</summary>
    public static Task<string> KubectlAsync(this TestSpace space, NamespacedName application, string verb, params string[] arguments) =>
        TestProgram.Require("GITOPS_TEST_KUBECTL").With(["--kubeconfig", space.Cluster.KubeconfigPath])
            .RunAsync([verb, Resource, application.Name, "--namespace", application.Namespace, .. arguments]);

    /// <summary>Waits until the last operation is so, and nothing is asked for any more.</summary>
    public static async Task<OperationState> UntilOperationAsync(
        this TestSpace space, NamespacedName application, OperationPhase phase, Func<OperationState, bool>? isSo = null) =>
        (await space.UntilAsync(application, $"has an operation that {phase}", found =>
            found.RawOperation is null && found.Status.OperationState is { } state && state.Phase == phase && (isSo is null || isSo(state))))
        .Status.OperationState!;

    /// <summary>The jobs of the target namespace, sorted by name.</summary>
    public static async Task<IReadOnlyList<string>> JobsAsync(this TestSpace space) =>
        [.. (await space.Cluster.ListAsync(Kinds.Job, space.Target)).Select(static job => job.Name).Order(StringComparer.Ordinal)];

    /// <summary>Waits until there are so many jobs, and says which.</summary>
    public static async Task<IReadOnlyList<string>> UntilJobsAsync(this TestSpace space, int count)
    {
        IReadOnlyList<string> jobs = [];
        await space.UntilAsync($"there are {count} jobs", async () => (jobs = await space.JobsAsync()).Count == count);
        return jobs;
    }

    /// <summary>Waits for an event about the Application.</summary>
    public static Task UntilEventAsync(this TestSpace space, NamespacedName application, string reason, string note = "") =>
        space.UntilAsync($"event {reason} '{note}' is there", async () =>
            (await space.Cluster.ListAsync(Kinds.Event, application.Namespace)).Any(item =>
                KubernetesObject.GetString(item.Json, "reason") == reason
                && KubernetesObject.GetString(item.Json, "note")?.Contains(note, StringComparison.Ordinal) == true));
}
