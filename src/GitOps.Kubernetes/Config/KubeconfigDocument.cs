using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.Config;

/// <summary>
/// The named entries of one kubeconfig, or of several merged: what a file defines first stays. Names are case-sensitive.
/// </summary>
internal sealed class KubeconfigDocument
{
    private readonly Dictionary<string, KubeconfigSection> _clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KubeconfigSection> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KubeconfigSection> _contexts = new(StringComparer.Ordinal);

    private KubeconfigDocument(string source) => Source = source;

    /// <summary>The file, or files.</summary>
    public string Source { get; private set; }

    public string? CurrentContext { get; private set; }

    public bool IsEmpty => _clusters.Count == 0 && _contexts.Count == 0;

    public static KubeconfigDocument Parse(ReadOnlyMemory<byte> content, string source, string? directory)
    {
        var document = new KubeconfigDocument(source);
        var root = KubeconfigYaml.Parse(content, source);
        if (root["kind"] is { } kind && kind.ToString() != "Config")
        {
            throw new KubeconfigException(source, "kind", $"expected Config, found {kind}; is it a kubeconfig?");
        }

        document.CurrentContext = root["current-context"]?.ToString() is { Length: > 0 } current ? current : null;
        Collect(document._clusters, root, source, directory, "clusters", "cluster");
        Collect(document._users, root, source, directory, "users", "user");
        Collect(document._contexts, root, source, directory, "contexts", "context");
        return document;
    }

    /// <summary>Adds what another file has and this one lacks.</summary>
    public void Merge(KubeconfigDocument other)
    {
        Source = $"{Source}{Path.PathSeparator}{other.Source}";
        CurrentContext ??= other.CurrentContext;
        foreach (var (mine, others) in new[] { (_clusters, other._clusters), (_users, other._users), (_contexts, other._contexts) })
        {
            foreach (var (name, section) in others)
            {
                mine.TryAdd(name, section);
            }
        }
    }

    public KubeconfigSection Context(string? wanted)
    {
        var name = wanted ?? CurrentContext;
        if (name is null && _contexts.Count == 1)
        {
            return _contexts.Values.Single();
        }

        return name is null
            ? throw new KubeconfigException(Source, "current-context", $"not set; name a context{Known(_contexts)}")
            : _contexts.GetValueOrDefault(name)
                ?? throw new KubeconfigException(Source, wanted is null ? "current-context" : "contexts",
                    $"there is no context {name}{Known(_contexts)}");
    }

    public KubeconfigSection Cluster(KubeconfigSection context) => Find(context, "cluster", _clusters);

    /// <summary>Null where the context names no user.</summary>
    public KubeconfigSection? User(KubeconfigSection context) => context.Text("user") is null ? null : Find(context, "user", _users);

    private static KubeconfigSection Find(KubeconfigSection context, string field, Dictionary<string, KubeconfigSection> sections)
    {
        var name = context.Text(field) ?? throw context.Error(field, $"missing; name a {field}{Known(sections)}");
        return sections.GetValueOrDefault(name) ?? throw context.Error(field, $"there is no {field} {name}{Known(sections)}");
    }

    private static string Known(Dictionary<string, KubeconfigSection> sections) =>
        sections.Count == 0 ? " (there are none)" : $" (there are: {string.Join(", ", sections.Keys.Order(StringComparer.Ordinal).Take(10))})";

    private static void Collect(
        Dictionary<string, KubeconfigSection> sections, JsonObject root, string source, string? directory, string list, string content)
    {
        var top = new KubeconfigSection(source, list, root, directory);
        foreach (var item in top.Items(list))
        {
            if (item is not JsonObject entry || entry["name"]?.ToString() is not { Length: > 0 } name)
            {
                throw new KubeconfigException(source, list, "an entry has no name");
            }

            var fields = entry[content] switch
            {
                null => [],
                JsonObject found => found,
                _ => throw new KubeconfigException(source, $"{list}[{name}].{content}", "expected a mapping"),
            };
            if (!sections.TryAdd(name, new(source, $"{list}[{name}].{content}", fields, directory)))
            {
                throw new KubeconfigException(source, $"{list}[{name}]", "stands there twice; remove or rename one");
            }
        }
    }
}
