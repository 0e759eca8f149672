using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>
/// Requests, and what a real server answered to them. A step is <c>{method, path, headers, token, type, body}</c> with
/// <c>{status, warnings, answer}</c>; <c>token</c> is the administrator's if it is absent, and none if it is empty.
/// <c>compare</c> is <c>none</c>, <c>status</c> or, if absent, everything; of lists under <c>unordered</c> all that was recorded
/// has to be there, in whatever order. <c>{until: SPEC}</c> waits until a SubjectAccessReview of SPEC is allowed.
/// </summary>
public sealed class AccessCase
{
    private const string Cases = "cases";

    private readonly string _name;
    private readonly JsonObject _json;

    private AccessCase(string name, JsonObject json) => (_name, _json) = (name, json);

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Access", Cases);

    public IReadOnlyList<JsonObject> Steps => [.. _json["steps"]!.AsArray().Select(static step => step!.AsObject())];

    public static AccessCase Load(string name) => new(name, KubernetesJson.ParseObject(File.ReadAllBytes(Path.Combine(Folder, $"{name}.json"))));

    /// <summary>Writes the case into the sources as it is by now, a step a line.</summary>
    public void Save([CallerFilePath] string caller = "") => File.WriteAllText(
        Path.Combine(Path.GetDirectoryName(caller)!, Cases, $"{_name}.json"),
        $"{{\n \"about\": {KubernetesJson.ToText(_json["about"])},\n \"steps\": [\n  {string.Join(",\n  ", Steps.Select(KubernetesJson.ToText))}\n ]\n}}\n");
}
