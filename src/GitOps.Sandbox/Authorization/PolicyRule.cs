using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Authorization;

/// <summary>One rule of a role.</summary>
internal sealed record PolicyRule(
    ImmutableArray<string> Verbs,
    ImmutableArray<string> ApiGroups,
    ImmutableArray<string> Resources,
    ImmutableArray<string> ResourceNames,
    ImmutableArray<string> Paths)
{
    public const string All = "*";

    private static readonly ImmutableArray<string> None = [];

    /// <summary>A role's <c>rules</c>; what is no rule is left out.</summary>
    public static ImmutableArray<PolicyRule> ReadAll(JsonNode? rules) =>
        rules is JsonArray items ? [.. items.OfType<JsonObject>().Select(Read)] : [];

    public static PolicyRule ForResource(string verb, string group, string resource, string? name = null) =>
        new([verb], [group], [resource], name is null ? None : [name], None);

    public static PolicyRule ForPath(string verb, string path) => new([verb], None, None, None, [path]);

    public bool Allows(AccessRequest request)
    {
        if (!ContainsOrAll(Verbs, request.Verb))
        {
            return false;
        }

        return request.IsResource
            ? ContainsOrAll(ApiGroups, request.Group) && AllowsResource(request)
                && (ResourceNames.IsEmpty || ResourceNames.Contains(request.Name, StringComparer.Ordinal))
            : AllowsPath(request.Path);
    }

    /// <summary>As a review of rules lists it: what it says of resources, or of paths.</summary>
    public JsonObject ToJson(bool ofPaths)
    {
        var json = new JsonObject();
        foreach (var (name, values) in (ReadOnlySpan<(string, ImmutableArray<string>)>)(ofPaths
            ? [("verbs", Verbs), ("nonResourceURLs", Paths)]
            : [("verbs", Verbs), ("apiGroups", ApiGroups), ("resources", Resources), ("resourceNames", ResourceNames)]))
        {
            if (!values.IsEmpty || name == "verbs")
            {
                json[name] = new JsonArray([.. values.Select(static value => JsonValue.Create(value))]);
            }
        }

        return json;
    }

    private static PolicyRule Read(JsonObject rule) => new(
        Strings(rule, "verbs"), Strings(rule, "apiGroups"), Strings(rule, "resources"), Strings(rule, "resourceNames"), Strings(rule, "nonResourceURLs"));

    private static ImmutableArray<string> Strings(JsonObject rule, string name) => rule[name] is JsonArray items
        ? [.. items.Select(static item => item is JsonValue value && value.TryGetValue(out string? text) ? text : string.Empty)]
        : None;

    private static bool ContainsOrAll(ImmutableArray<string> list, string wanted)
    {
        foreach (var item in list)
        {
            if (item == All || item == wanted)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>*</c>, <c>deployments</c>, <c>deployments/scale</c>, and <c>*/scale</c> for a subresource of whatever resource.</summary>
    private bool AllowsResource(AccessRequest request)
    {
        foreach (var resource in Resources)
        {
            var isSame = resource == All || (request.Subresource.Length == 0
                ? resource == request.Resource
                : (resource.Length == request.Resource.Length + 1 + request.Subresource.Length
                    && resource[request.Resource.Length] == '/'
                    && resource.StartsWith(request.Resource, StringComparison.Ordinal)
                    && resource.EndsWith(request.Subresource, StringComparison.Ordinal))
                || (resource.Length == 2 + request.Subresource.Length
                    && resource.StartsWith("*/", StringComparison.Ordinal)
                    && resource.EndsWith(request.Subresource, StringComparison.Ordinal)));
            if (isSame)
            {
                return true;
            }
        }

        return false;
    }

    private bool AllowsPath(string path)
    {
        foreach (var pattern in Paths)
        {
            if (pattern == All || pattern == path
                || (pattern.EndsWith('*') && path.StartsWith(pattern.AsSpan().TrimEnd('*'), StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }
}
