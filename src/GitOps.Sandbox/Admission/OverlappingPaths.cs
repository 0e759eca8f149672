using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>Files of one volume that would lie on top of each other.</summary>
internal static class OverlappingPaths
{
    public static IEnumerable<string> Of(JsonObject spec) => spec.Objects("volumes").SelectMany(static volume => OfVolume(volume));

    private static IEnumerable<string> OfVolume(JsonObject volume)
    {
        var name = volume.Text("name");
        foreach (var (kind, source, description) in new[]
        {
            ("configMap", volume.Object("configMap"), $"ConfigMap \"{volume.Object("configMap").Text("name")}\""),
            ("secret", volume.Object("secret"), $"Secret \"{volume.Object("secret").Text("secretName")}\""),
            ("downwardAPI", volume.Object("downwardAPI"), "DownwardAPI"),
        })
        {
            var seen = new List<(string Path, string Source)>();
            var collisions = source.Objects("items").SelectMany(item => Collisions(seen, (item.Text("path") ?? string.Empty).TrimEnd('/'), string.Empty)).ToList();
            if (collisions.Count > 0)
            {
                yield return $"volume \"{name}\" ({description}): overlapping paths: {string.Join(", ", collisions)}";
            }
        }

        var projected = new List<(string Path, string Source)>();
        foreach (var source in volume.Object("projected").Objects("sources"))
        {
            if (source.Count == 0)
            {
                yield return $"volume \"{name}\" (Projected) has no sources provided";
            }

            foreach (var collision in Files(source).SelectMany(file => Collisions(projected, file.Path.TrimEnd('/'), file.Source)).ToList())
            {
                yield return $"volume \"{name}\" (Projected): overlapping paths: {collision}";
            }
        }
    }

    private static IEnumerable<(string Path, string Source)> Files(JsonObject source) =>
        source.Object("configMap") is { } map ? Items(map, $"ConfigMap \"{map.Text("name")}\"")
        : source.Object("secret") is { } secret ? Items(secret, $"Secret \"{secret.Text("name")}\"")
        : source.Object("downwardAPI") is { } downward ? Items(downward, "DownwardAPI")
        : source.Object("serviceAccountToken") is { } token ? [(token.Text("path") ?? string.Empty, "ServiceAccountToken")]
        : [];

    private static IEnumerable<(string Path, string Source)> Items(JsonObject source, string name) =>
        source.Objects("items").Select(item => (item.Text("path") ?? string.Empty, name));

    private static List<string> Collisions(List<(string Path, string Source)> seen, string path, string source)
    {
        List<string> found = path.Length == 0
            ? []
            : [.. seen.Where(other => other.Path.Length > 0 && (Lies(other.Path, path) || Lies(path, other.Path)))
                .Select(other => $"{Describe(path, source)} with {Describe(other.Path, other.Source)}")];
        seen.Add((path, source));
        return found;
    }

    private static bool Lies(string inner, string outer) => (inner + "/").StartsWith(outer + "/", StringComparison.Ordinal);

    private static string Describe(string path, string source) => source.Length == 0 ? $"\"{path}\"" : $"\"{path}\" ({source})";
}
