using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>What the tests of deletions have in common.</summary>
internal static class Deletions
{
    /// <param name="name">In the Application's namespace.</param>
    /// <param name="annotations">A YAML flow map.</param>
    public static string ConfigMap(string name, string annotations) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{name}}", annotations: {{annotations}} }
        data: {key: one}

        """;

    /// <summary>Sets the finalizers of an Application that is to be created.</summary>
    public static Action<JsonObject> Finalizers(params string[] names) =>
        json => json["metadata"]!["finalizers"] = new JsonArray([.. names.Select(static name => (JsonNode)name)]);

    public static Task DeleteAsync(this TestSpace space, NamespacedName application) =>
        space.Cluster.DeleteAsync(Kinds.Application, application.Namespace, application.Name);

    public static Task GoneAsync(this TestSpace space, NamespacedName application) =>
        space.UntilGoneAsync(Kinds.Application, application.Namespace, application.Name);

    /// <summary>The condition that says why the deletion does not go on.</summary>
    public static Task<Condition> UntilBlockedAsync(this TestSpace space, NamespacedName application, string reason) =>
        space.UntilConditionAsync(application, Conditions.DeletionBlocked, "True", reason);

    /// <summary>Runs <c>kubectl … -p 'PATCH'</c> or <c>kubectl annotate … KEY=VALUE</c> as a message tells it.</summary>
    public static Task FollowAsync(this TestSpace space, NamespacedName application, string message)
    {
        var patch = message.LastIndexOf("-p '", StringComparison.Ordinal) is var start and > 0
            ? message[(start + 4)..message.LastIndexOf('\'')]
            : Annotation(message[(message.LastIndexOf(' ') + 1)..]);
        return space.Cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, patch);
    }

    /// <summary>What an event of this reason says, as soon as one says this.</summary>
    public static async Task<string> NoteAsync(this TestSpace space, NamespacedName application, string reason, string part)
    {
        await space.UntilEventAsync(application, reason, part);
        return (await space.Cluster.ListAsync(Kinds.Event, application.Namespace))
            .Where(item => KubernetesObject.GetString(item.Json, "reason") == reason)
            .Select(static item => KubernetesObject.GetString(item.Json, "note")!)
            .First(note => note.Contains(part, StringComparison.Ordinal));
    }

    private static string Annotation(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [text[..equals]] = text[(equals + 1)..] } },
        }.ToJsonString();
    }
}
