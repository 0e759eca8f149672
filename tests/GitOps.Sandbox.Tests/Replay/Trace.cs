using System.Reflection;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>A recorded scenario: its steps are kept as the JSON that was recorded.</summary>
public sealed record Trace(string Name, IReadOnlyList<JsonObject> Steps)
{
    public static string Folder { get; } = Path.Combine(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!, "traces");

    public static Trace Load(string name)
    {
        var json = KubernetesJson.ParseObject(File.ReadAllBytes(Path.Combine(Folder, name + ".json")));
        return new(name, [.. json["steps"]!.AsArray().Select(static step => step!.AsObject())]);
    }

    /// <summary>A difference with the step in which it shows.</summary>
    public static string Describe(JsonObject step, int index, string difference) =>
        $"step {index} {step["request"]?["method"]} {step["request"]?["path"]}: {difference}";
}
