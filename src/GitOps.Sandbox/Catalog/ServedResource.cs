using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Catalog;

/// <param name="Name"><c>status</c>, <c>scale</c>, <c>finalize</c>, …</param>
/// <param name="Kind">The kind of its bodies; group and version are empty for the resource's own.</param>
/// <param name="Verbs">What can be done with it.</param>
internal sealed record ServedSubresource(string Name, GroupVersionKind Kind, ImmutableArray<string> Verbs);

/// <summary>A resource in one of the versions in which it is served.</summary>
internal sealed class ServedResource
{
    /// <param name="kind">Group, version and kind of its objects.</param>
    /// <param name="plural">The path segment.</param>
    public ServedResource(GroupVersionKind kind, string plural)
    {
        GroupVersionKind = kind;
        Plural = plural;
    }

    public GroupVersionKind GroupVersionKind { get; }

    public string Group => GroupVersionKind.Group;

    public string Version => GroupVersionKind.Version;

    public string Kind => GroupVersionKind.Kind;

    public string ListKind { get; init; } = string.Empty;

    public string Plural { get; }

    public string Singular { get; init; } = string.Empty;

    public bool Namespaced { get; init; }

    public ImmutableArray<string> ShortNames { get; init; } = [];

    public ImmutableArray<string> Categories { get; init; } = [];

    public ImmutableArray<string> Verbs { get; init; } = [];

    public ImmutableArray<ServedSubresource> Subresources { get; init; } = [];

    /// <summary>What everybody who uses it is told; null where there is nothing to tell.</summary>
    public string? Warning { get; init; }

    /// <summary>What is stored under, and named by in messages.</summary>
    public GroupResource Storage => StoredAs?.Storage ?? new(Group, Plural);

    /// <summary>Set if it comes from a CustomResourceDefinition.</summary>
    public CustomResource? Custom { get; init; }

    /// <summary>The beginning of an object's bytes in this version.</summary>
    public byte[] Head => field ??= TypeHead(GroupVersionKind.ApiVersion, Kind, Custom is not null);

    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    public bool Can(string verb) => Verbs.Contains(verb, StringComparer.Ordinal);

    public ServedSubresource? Subresource(string name) =>
        Subresources.FirstOrDefault(subresource => string.Equals(subresource.Name, name, StringComparison.Ordinal));

    /// <summary>
    /// Set if objects are stored in another version whose fields differ; else versions differ in their apiVersion alone.
    /// </summary>
    public ServedResource? StoredAs { get; init; }

    /// <summary>A copy of its own to work on, in this version.</summary>
    public JsonObject Read(StoredObject stored) => StoredAs is null
        ? stored.Read(Head)
        : Convert(StoredAs.Read(stored), GroupVersionKind.ApiVersion);

    /// <summary>An object of this version as it is stored.</summary>
    public StoredObject Draft(JsonObject json) => StoredObject.Draft(StoredAs is null
        ? json
        : Convert((JsonObject)json.DeepClone(), StoredAs.GroupVersionKind.ApiVersion));

    public void Write(StoredObject stored, IBufferWriter<byte> output)
    {
        if (StoredAs is null)
        {
            stored.WriteTo(output, Head);
        }
        else
        {
            output.Write(KubernetesJson.ToUtf8(Read(stored)));
        }
    }

    /// <summary>As it stands in a list: built-in kinds leave out the type there.</summary>
    public void WriteItem(StoredObject stored, IBufferWriter<byte> output)
    {
        if (StoredAs is not null)
        {
            var json = Read(stored);
            json.Remove("kind");
            json.Remove("apiVersion");
            output.Write(KubernetesJson.ToUtf8(json));
        }
        else
        {
            stored.WriteTo(output, Custom is null ? "{"u8 : Head);
        }
    }

    /// <summary>The same resource, stored in another version.</summary>
    public ServedResource With(ServedResource storedAs) => new(GroupVersionKind, Plural)
    {
        ListKind = ListKind,
        Singular = Singular,
        Namespaced = Namespaced,
        ShortNames = ShortNames,
        Categories = Categories,
        Verbs = Verbs,
        Subresources = Subresources,
        Warning = Warning,
        StoredAs = storedAs,
    };

    public static byte[] TypeHead(string apiVersion, string kind, bool custom) => Encoding.UTF8.GetBytes(custom
        ? $"{{\"apiVersion\":\"{apiVersion}\",\"kind\":\"{kind}\","
        : $"{{\"kind\":\"{kind}\",\"apiVersion\":\"{apiVersion}\",");

    private static JsonObject Convert(JsonObject json, string apiVersion) => KubernetesObject.GetString(json, "kind") == "Event"
        ? EventConversion.Convert(json, apiVersion)
        : VersionConversion.Convert(new KubernetesObject(json), apiVersion).Json;
}
