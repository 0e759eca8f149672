using System.Text;

namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>Where an object or a transformer was written; kept only if the kustomization asks for it.</summary>
internal sealed record Origin
{
    /// <summary>Of the file, from where the build began.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>The file that configures a generator or a transformer.</summary>
    public string ConfiguredIn { get; init; } = string.Empty;

    public string ByApiVersion { get; init; } = string.Empty;

    public string ByKind { get; init; } = string.Empty;

    public string ByName { get; init; } = string.Empty;

    public string ByNamespace { get; init; } = string.Empty;

    /// <summary>The same for a file below.</summary>
    public Origin Append(string path) => this with { Path = Join(Path, path) };

    /// <summary>As it stands in an annotation.</summary>
    public string ToYaml() => Write(string.Empty);

    public static string ToYaml(IEnumerable<Origin> origins) =>
        string.Concat(origins.Select(static origin => "- " + origin.Write("  ")));

    private static string Join(string directory, string path)
    {
        var parts = new List<string>();
        foreach (var part in $"{directory}/{path}".Split('/').Where(static part => part is not ("" or ".")))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] != "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private string Write(string indent)
    {
        var text = new StringBuilder();
        Line("path", Path);
        Line("configuredIn", ConfiguredIn);
        if (ByKind.Length > 0)
        {
            text.Append(text.Length == 0 ? string.Empty : indent).Append("configuredBy:\n");
            By("apiVersion", ByApiVersion);
            By("kind", ByKind);
            By("name", ByName);
            By("namespace", ByNamespace);
        }

        return text.ToString();

        void Line(string name, string value)
        {
            if (value.Length > 0)
            {
                text.Append(text.Length == 0 ? string.Empty : indent).Append(name).Append(": ").Append(value).Append('\n');
            }
        }

        void By(string name, string value)
        {
            if (value.Length > 0)
            {
                text.Append(indent).Append("  ").Append(name).Append(": ").Append(value).Append('\n');
            }
        }
    }
}
