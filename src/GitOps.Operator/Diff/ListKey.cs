using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Diff;

/// <summary>The keys of one item of a list-map, read from a field set's <c>k:{"name":"main"}</c>.</summary>
internal sealed class ListKey
{
    private const int MaxCached = 4096;

    // The same few names come again with every event; a full cache only costs the reading.
    private static readonly ConcurrentDictionary<string, ListKey> Cache = new(StringComparer.Ordinal);

    private readonly ImmutableArray<(string Name, JsonNode? Value, string? Text)> _keys;

    private ListKey(JsonObject keys) =>
        _keys = [.. keys.Select(static key => (key.Key, key.Value, key.Value is JsonValue value && value.TryGetValue(out string? text) ? text : null))];

    /// <param name="element">A member name of <c>fieldsV1</c> that begins with <c>k:</c>.</param>
    public static ListKey Of(string element)
    {
        if (Cache.TryGetValue(element, out var known))
        {
            return known;
        }

        var key = new ListKey(KubernetesJson.ParseObject(element.AsSpan(2).ToString()));
        if (Cache.Count < MaxCached)
        {
            Cache.TryAdd(element, key);
        }

        return key;
    }

    /// <summary>Whether the item of a stored object, which has all its keys, is the one that is meant.</summary>
    public bool IsKeyOf(JsonNode? item) => item is JsonObject fields && Score(fields, absentMatches: false) == _keys.Length;

    /// <summary>
    /// How many keys the item of a manifest has, all of them equal; -1 if one differs. A manifest may leave out a key that has
    /// a default (<c>protocol</c> of a port), so the best of several items is the one that has most.
    /// </summary>
    public int MatchesOf(JsonNode? item) => item is JsonObject fields ? Score(fields, absentMatches: true) : -1;

    /// <summary>The item of a manifest's list that is meant.</summary>
    public JsonNode? BestOf(JsonArray? items)
    {
        JsonNode? best = null;
        var most = 0;
        for (var i = 0; i < items?.Count; i++)
        {
            var matches = MatchesOf(items[i]);
            if (matches > most)
            {
                (best, most) = (items[i], matches);
            }
        }

        return best;
    }

    private int Score(JsonObject item, bool absentMatches)
    {
        var score = 0;
        foreach (var (name, value, text) in _keys)
        {
            if (!item.TryGetPropertyValue(name, out var found))
            {
                if (absentMatches)
                {
                    continue;
                }

                return -1;
            }

            if (!AreEqual(found, value, text))
            {
                return -1;
            }

            score++;
        }

        return score;
    }

    private static bool AreEqual(JsonNode? found, JsonNode? value, string? text)
    {
        if (text is not null && found is JsonValue scalar)
        {
            return scalar.TryGetValue(out JsonElement element)
                ? element.ValueKind == JsonValueKind.String && element.ValueEquals(text)
                : scalar.TryGetValue(out string? other) && other == text;
        }

        return JsonNode.DeepEquals(found, value);
    }
}
