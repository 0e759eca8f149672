using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Diff;

/// <summary>
/// What a real API server (v1.36.2) answered to our apply, and the events that a watch then gave while somebody else worked
/// on the object with kubectl. Written once; the files stay as they are.
/// </summary>
internal sealed class RecordedCase
{
    private RecordedCase(JsonObject json) => Json = json;

    public static IEnumerable<string> Names => typeof(RecordedCase).Assembly.GetManifestResourceNames()
        .Where(static name => name.EndsWith(".json", StringComparison.Ordinal))
        .Select(static name => name[..^".json".Length])
        .Order(StringComparer.Ordinal);

    /// <summary>What was applied.</summary>
    public KubernetesObject Desired => Member(Json, "desired");

    /// <summary>The answer to it.</summary>
    public KubernetesObject Answer => Member(Json, "answer");

    /// <summary>The last state that was seen; the answer where nothing happened.</summary>
    public KubernetesObject Observed => Events is [.., var last] ? last.Object : Answer;

    public IReadOnlyList<(string Type, KubernetesObject Object)> Events =>
        [.. Json["events"]!.AsArray().Select(static item => ((string)item!["type"]!, Member((JsonObject)item, "object")))];

    /// <summary>What a dry run of our apply answered at the end; null where there is none.</summary>
    public KubernetesObject? HealDryRun => Json.ContainsKey("healDryRun") ? Member(Json, "healDryRun") : null;

    private JsonObject Json { get; }

    public static RecordedCase Read(string name)
    {
        using var stream = typeof(RecordedCase).Assembly.GetManifestResourceStream(name + ".json")
            ?? throw new InvalidOperationException($"there is no recorded case {name}");
        using var reader = new StreamReader(stream);
        return new(KubernetesJson.ParseObject(reader.ReadToEnd()));
    }

    public Fingerprint Fingerprint(KeyedHash hash) =>
        FingerprintFactory.From(Answer, GitOps.Operator.Api.Names.FieldManager, Desired, hash);

    private static KubernetesObject Member(JsonObject json, string name) => new((JsonObject)json[name]!.DeepClone());
}
