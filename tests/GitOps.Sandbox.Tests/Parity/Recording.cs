using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Parity;

/// <summary>
/// Our own recordings of a real API server, in the format of the given traces. A new one is written by hand without any
/// expectation; with GITOPS_TEST_KUBECONFIG and UPDATE_RECORDINGS the tests play it against that server and write down what it answers.
/// </summary>
public static class Recording
{
    public const string UpdateVariable = "UPDATE_RECORDINGS";

    private static readonly JsonSerializerOptions Compact = KubernetesJson.WriteOptions;

    public static string Folder { get; } = Path.Combine(SourceFolder(), "recordings");

    /// <summary>Whether a recording is to be made anew: the variable holds the beginnings of names, or <c>all</c>.</summary>
    public static bool IsUpdated(string name) => TestCluster.IsReal
        && (Environment.GetEnvironmentVariable(UpdateVariable) ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Any(wanted => wanted == "all" || name.StartsWith(wanted, StringComparison.Ordinal));

    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.json").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    public static IReadOnlyList<JsonObject> Load(string name) =>
        [.. KubernetesJson.ParseObject(File.ReadAllBytes(PathOf(name)))["steps"]!.AsArray().Select(static step => step!.AsObject())];

    /// <summary>Plays the steps against a server and writes its answers into the file.</summary>
    public static async Task UpdateAsync(string name, TestCluster cluster, string @namespace)
    {
        var text = await File.ReadAllTextAsync(PathOf(name));
        var json = KubernetesJson.ParseObject(text);
        var steps = json["steps"]!.AsArray();
        var given = string.Concat(steps.Select(static step => KubernetesJson.ToText(step!["request"])));
        var scrubber = new AnswerScrubber(@namespace, given);
        await using var player = new TracePlayer(cluster, @namespace);
        var lines = new StringBuilder();
        foreach (var step in steps)
        {
            var recorded = await player.RecordAsync(step!.AsObject(), scrubber);
            lines.Append(lines.Length == 0 ? "\n" : ",\n").Append(recorded.ToJsonString(Compact));
        }

        var about = JsonValue.Create(KubernetesObject.GetString(json, "about") ?? string.Empty).ToJsonString(Compact);
        var written = $"{{\"name\":\"{name}\",\"about\":{about},\"server\":\"v1.36.2\",\"steps\":[{lines}\n]}}\n";
        await File.WriteAllTextAsync(PathOf(name), written);
    }

    private static string PathOf(string name) => Path.Combine(Folder, name + ".json");

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
