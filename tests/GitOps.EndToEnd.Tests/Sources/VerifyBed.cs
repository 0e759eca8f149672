using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>One Application that deploys only what is signed by the keys in the ConfigMap <c>keys</c>, and people who may or may not sign.</summary>
internal sealed class VerifyBed : IAsyncDisposable
{
    private VerifyBed(TestSpace space, Signing signing)
    {
        Space = space;
        Repository = space.NewRepository();
        Trusted = signing.Ssh("trusted");
        Stranger = signing.Ssh("stranger");
    }

    public TestSpace Space { get; }

    public GitRepo Repository { get; }

    public SshKey Trusted { get; }

    public SshKey Stranger { get; }

    public NamespacedName Application { get; private set; } = new(string.Empty, string.Empty);

    public static async Task<VerifyBed> CreateAsync(Cluster cluster)
    {
        var signing = Signing.Require(cluster.NewDirectory("signing"));
        var bed = new VerifyBed(await TestSpace.CreateAsync(cluster, "verify"), signing);
        bed.SignAs(bed.Trusted);
        return bed;
    }

    /// <summary>Null: what follows is not signed.</summary>
    public void SignAs(SshKey? key) => Repository.Signer = key?.Git ?? [];

    public Task WriteKeysAsync(params ReadOnlySpan<string> keys) => Space.Cluster.ApplyAsync(Kinds.ConfigMap, KubernetesObject.Parse(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["namespace"] = Space.ApplicationNamespace, ["name"] = "keys" },
        ["data"] = new JsonObject { ["keys"] = string.Join('\n', keys.ToArray()) },
    }.ToJsonString()));

    /// <param name="verify">Of the source.</param>
    /// <param name="change">What else is otherwise.</param>
    public async Task DeployAsync(string verify, Action<JsonObject>? change = null) => Application = await Space.CreateApplicationAsync("web", Repository, change: json =>
    {
        json["spec"]!["source"]!["verify"] = JsonNode.Parse(verify);
        change?.Invoke(json);
    });

    public async Task<string?> ValueAsync(string name) =>
        (await Space.Cluster.GetAsync(Kinds.ConfigMap, Space.Target, name))?.Json["data"]?["key"]?.GetValue<string>();

    /// <summary>Waits until a commit is refused, and looks whether the one before stays.</summary>
    public async Task<ApplicationResource> UntilRefusedAsync(string revision, string reason, string? stays)
    {
        var refused = await Space.UntilAsync(Application, $"refuses {revision[..7]} as {reason}", application =>
            application.Status.Sync?.RefusedRevision == revision && application.Status.Condition(Conditions.SourceVerified)?.Reason == reason
            && application.Status.Condition(Conditions.Ready) is { Status: "False", Reason: "SourceUnverified" });
        refused.Status.Sync!.Revision.ShouldBe(stays);
        refused.Status.Condition(Conditions.SourceVerified)!.IsTrue.ShouldBeFalse();
        return refused;
    }

    /// <summary>How often an event was told.</summary>
    public async Task<long> CountEventsAsync(string reason, string note) => (await Space.Cluster.ListAsync(Kinds.Event, Application.Namespace))
        .Where(item => KubernetesObject.GetString(item.Json, "reason") == reason
            && KubernetesObject.GetString(item.Json, "note")?.Contains(note, StringComparison.Ordinal) == true)
        .Sum(static item => item.Json["series"]?["count"]?.GetValue<long>() ?? 1);

    public ValueTask DisposeAsync() => Space.DisposeAsync();
}
