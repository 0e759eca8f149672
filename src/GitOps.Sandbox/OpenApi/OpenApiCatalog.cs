using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;

namespace GitOps.Sandbox.OpenApi;

/// <summary>The documents of everything that is served at one moment. Each is made when it is first asked for.</summary>
internal sealed class OpenApiCatalog
{
    private static readonly ConditionalWeakTable<ResourceCatalog, OpenApiCatalog> Catalogs = [];

    /// <summary>What is built in is the same in all servers of a process.</summary>
    private static readonly Lazy<IReadOnlyDictionary<string, Entry>> BuiltIn = new(static () => Read(ResourceCatalog.BuiltIn, isBuiltIn: true));

    private readonly SortedDictionary<string, Entry> _entries;

    private OpenApiCatalog(ResourceCatalog catalog)
    {
        _entries = new(StringComparer.Ordinal);
        foreach (var (prefix, entry) in BuiltIn.Value.Concat(Read(catalog, isBuiltIn: false)))
        {
            _entries[prefix] = entry;
        }

        Swagger = new(() => SwaggerDocument.Merge(_entries.Values.Select(static entry => KubernetesJson.ParseObject(entry.Body.Span))));
        SwaggerBytes = new(() => SwaggerMessage.Write(KubernetesJson.ParseObject(Swagger.Body.Span)));
    }

    /// <summary>The documents by their prefix: <c>apis/apps/v1</c>.</summary>
    public IReadOnlyDictionary<string, Entry> Documents => _entries;

    /// <summary>OpenAPI v2, as JSON.</summary>
    public Entry Swagger { get; }

    /// <summary>The same as protobuf.</summary>
    public Lazy<ReadOnlyMemory<byte>> SwaggerBytes { get; }

    public static OpenApiCatalog Of(ResourceCatalog catalog) => Catalogs.GetValue(catalog, static key => new(key));

    private static Dictionary<string, Entry> Read(ResourceCatalog catalog, bool isBuiltIn)
    {
        var entries = new Dictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var group in catalog.Groups)
        {
            foreach (var version in group.Versions.Where(version => version.Resources.Any(static resource => resource.Custom is null) == isBuiltIn))
            {
                var prefix = group.Name.Length == 0 ? $"api/{version.Version}" : $"apis/{group.Name}/{version.Version}";
                entries[prefix] = new(() => OpenApiDocument.OfVersion(group.Name, version, prefix));
            }

            if (isBuiltIn && group.Name.Length > 0)
            {
                var names = new OperationNames(group.Name, string.Empty);
                entries[$"apis/{group.Name}"] = new(
                    () => OpenApiDocument.OfPath($"/apis/{group.Name}/", names.Tag, $"get{names.Pascal}APIGroup", Components.Group));
            }
        }

        if (isBuiltIn)
        {
            entries["api"] = new(static () => OpenApiDocument.OfPath("/api/", "core", "getCoreAPIVersions", Components.Versions));
            entries["apis"] = new(static () => OpenApiDocument.OfPath("/apis/", "apis", "getAPIVersions", Components.GroupList));
            entries["version"] = new(static () => OpenApiDocument.OfPath("/version/", "version", "getCodeVersion", Components.VersionInfo));
        }

        return entries;
    }

    /// <summary>One document.</summary>
    internal sealed class Entry
    {
        private readonly Lazy<(byte[] Body, string Hash)> _made;

        public Entry(Func<System.Text.Json.Nodes.JsonObject> make) => _made = new(() =>
        {
            var body = KubernetesJson.ToUtf8(make());
            return (body, Convert.ToHexString(SHA512.HashData(body)));
        });

        public ReadOnlyMemory<byte> Body => _made.Value.Body;

        /// <summary>Another one whenever the document is another one.</summary>
        public string Hash => _made.Value.Hash;
    }
}
