using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Diff.Masking;

/// <summary>
/// The values of objects as far as people may see them: nothing of a Secret's data, wherever one is embedded, and nothing that
/// is named or looks like a secret. What is hidden gives away neither its length nor a hash. Pure; safe for any thread.
/// </summary>
internal sealed class SecretMask
{
    /// <summary>Stands for a hidden value.</summary>
    public const string Secret = "(secret)";

    /// <summary>Stands for a hidden value beside another one that is also hidden.</summary>
    public const string OtherSecret = "(secret, changed)";

    public static readonly SecretMask Default = new([]);

    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    private readonly ImmutableHashSet<string> _annotations;

    /// <param name="annotations">Keys of annotations whose values are hidden too.</param>
    public SecretMask(IEnumerable<string> annotations) => _annotations = [LastApplied, .. annotations];

    private enum Place
    {
        /// <summary>Fields whose names a schema chose.</summary>
        Fields,

        /// <summary>A map whose keys people chose.</summary>
        Map,

        Annotations,

        /// <summary>Everything is secret.</summary>
        Hidden,
    }

    /// <summary>The value at a path as compact JSON, keys sorted, masked.</summary>
    /// <param name="root">The object; it says whether it is a Secret.</param>
    /// <param name="path">To the value.</param>
    /// <param name="value">What stands there.</param>
    public string Show(JsonObject root, FieldPath path, JsonNode? value)
    {
        var (scope, name, node) = (Scope.Root, string.Empty, (JsonNode?)root);
        foreach (var element in path.Elements)
        {
            (scope, name) = Enter(scope, name, node, element);
            node = element.Kind == PathElementKind.Key ? ListKey.Of(element.Text).BestOf(node as JsonArray) : element.TryStep(node, out var next) ? next : null;
        }

        return KubernetesJson.ToText(Masked(scope, name, value, other: null, Secret));
    }

    /// <summary>The path; of a set, whose paths contain values, masked too.</summary>
    public static string ShowPath(FieldPath path)
    {
        var shown = path.Elements;
        for (var i = 0; i < shown.Length; i++)
        {
            if (shown[i].Kind == PathElementKind.Value && KubernetesJson.Parse(shown[i].Content) is JsonValue value
                && value.TryGetValue(out string? text) && SecretText.Redact(text, Secret) is var masked && masked != text)
            {
                shown = shown.SetItem(i, PathElement.Value(masked));
            }
        }

        return new FieldPath(shown).ToString();
    }

    /// <summary>
    /// Two states of one object, each a copy with its secrets hidden. A secret that is not the same in both is told as
    /// <see cref="OtherSecret"/> in the second.
    /// </summary>
    public (JsonObject First, JsonObject Second) Show(JsonObject first, JsonObject second) => (
        (JsonObject)Masked(Scope.Root, string.Empty, first, second, Secret)!,
        (JsonObject)Masked(Scope.Root, string.Empty, second, first, OtherSecret)!);

    private static bool IsSecret(JsonNode? node) => node is JsonObject fields && KubernetesObject.GetString(fields, "kind") == "Secret";

    private (Scope Scope, string Name) Enter(Scope scope, string name, JsonNode? parent, PathElement element) => element.Kind switch
    {
        PathElementKind.Field => (Below(scope, name, parent, element.Content), element.Content),
        _ => (scope, name),
    };

    private Scope Below(Scope scope, string parentName, JsonNode? parent, string name)
    {
        if (scope.Place == Place.Hidden)
        {
            return scope;
        }

        if (name is "stringData" || (name is "data" && IsSecret(parent))
            || (scope.Place == Place.Annotations && (_annotations.Contains(name) || SecretNames.SoundsInMap(name))))
        {
            return scope with { Place = Place.Hidden };
        }

        var place = name switch
        {
            "annotations" when parentName is "metadata" => Place.Annotations,
            "data" or "binaryData" => Place.Map,
            _ => Place.Fields,
        };
        var sounds = scope.Sounds || (scope.Place == Place.Map ? SecretNames.SoundsInMap(name) : SecretNames.Sounds(name));
        return new(place, sounds, (scope.IsNamedSo || IsNamedSo(parent)) && SecretNames.IsValueOfItem(name));
    }

    // An item such as {name: DB_PASSWORD, value: …} says in one member what the other is.
    private static bool IsNamedSo(JsonNode? item) =>
        item is JsonObject fields && (KubernetesObject.GetString(fields, "name") ?? KubernetesObject.GetString(fields, "key")) is { } name
        && SecretNames.SoundsInMap(name);

    private JsonNode? Masked(Scope scope, string name, JsonNode? node, JsonNode? other, string changed)
    {
        switch (node)
        {
            case JsonObject fields:
                return Fields(scope, name, fields, other as JsonObject, changed);
            case JsonArray items:
                return Items(scope, name, items, other as JsonArray, changed);
            case JsonValue value:
                return Leaf(scope, name, value, other, changed);
            default:
                return null;
        }
    }

    private JsonObject Fields(Scope scope, string name, JsonObject fields, JsonObject? other, string changed)
    {
        var masked = new JsonObject();
        foreach (var (key, value) in fields.OrderBy(static field => field.Key, StringComparer.Ordinal))
        {
            masked[key] = Masked(Below(scope, name, fields, key), key, value, other?[key], changed);
        }

        return masked;
    }

    private JsonArray Items(Scope scope, string name, JsonArray items, JsonArray? others, string changed)
    {
        var masked = new JsonArray();
        var announced = false;
        for (var i = 0; i < items.Count; i++)
        {
            var other = Counterpart(items[i], others, i);
            masked.Add(Masked(announced ? scope with { Place = Place.Hidden } : scope, name, items[i], other, changed));
            announced = items[i] is JsonValue value && value.TryGetValue(out string? text) && SecretText.IsOption(text);
        }

        return masked;
    }

    private static JsonNode? Counterpart(JsonNode? item, JsonArray? others, int index) =>
        item is JsonObject fields && KubernetesObject.GetString(fields, "name") is { } name
            ? others?.FirstOrDefault(other => other is JsonObject found && KubernetesObject.GetString(found, "name") == name)
            : index < others?.Count ? others[index] : null;

    private static JsonNode Leaf(Scope scope, string name, JsonValue value, JsonNode? other, string changed)
    {
        var kind = value.GetValueKind();
        var isHidden = scope.Place == Place.Hidden
            || (kind is JsonValueKind.String or JsonValueKind.Number && scope.IsNamedSo)
            || (kind == JsonValueKind.String && scope.Sounds && !SecretNames.IsReference(name))
            || (kind == JsonValueKind.Number && SecretNames.Sounds(name) && !SecretNames.IsReference(name));
        var isSame = other is null || JsonNode.DeepEquals(value, other);
        if (isHidden)
        {
            return JsonValue.Create(isSame ? Secret : changed);
        }

        if (kind != JsonValueKind.String)
        {
            return value.DeepClone();
        }

        var text = value.GetValue<string>();
        var shown = SecretText.Redact(text, Secret);
        return JsonValue.Create(
            !isSame && shown != text && other is JsonValue found && found.TryGetValue(out string? otherText) && SecretText.Redact(otherText, Secret) == shown
                ? SecretText.Redact(text, changed)
                : shown);
    }

    /// <param name="Place">What the members here are.</param>
    /// <param name="Sounds">A name on the way here sounds like a secret.</param>
    /// <param name="IsNamedSo">The item here has such a name, so that its value is one.</param>
    private readonly record struct Scope(Place Place, bool Sounds, bool IsNamedSo)
    {
        public static readonly Scope Root = new(Place.Fields, Sounds: false, IsNamedSo: false);
    }
}
