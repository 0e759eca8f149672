using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Diff.Ignoring;

/// <summary>
/// A manifest with the ignored fields as they are in the cluster. Lists are walked as the field sets of all managers know
/// them: items with keys by their keys, all others by position.
/// </summary>
internal sealed class HeldManifest
{
    private readonly bool _whole;

    private HeldManifest(bool whole) => _whole = whole;

    public static KubernetesObject Make(
        KubernetesObject live, KubernetesObject desired, PathTree ofLive, PathTree ofDesired, string manager, bool whole)
    {
        var entries = ManagedFieldsEntry.Of(live);
        // In whatever version our entry is: to leave out what it holds would reset it.
        var own = entries.FirstOrDefault(entry => entry.Manager == manager && entry.IsApply && entry.Subresource.Length == 0)?.Fields ?? FieldSet.Empty;
        var all = entries.Aggregate(FieldSet.Empty, static (set, entry) => set.Union(entry.Fields));
        var place = new Place(live.Json, ofLive, ofDesired, own, IsOwn: false, all, ByPosition: false);
        return new(new HeldManifest(whole).Fields(desired.Json, place));
    }

    private JsonObject Fields(JsonObject desired, Place place)
    {
        var held = new JsonObject();
        foreach (var (name, value) in desired)
        {
            if (Member(value, place.Field(name), out var kept))
            {
                held[name] = kept;
            }
        }

        // What Git has let go of, and is ignored, stays ours as it is.
        foreach (var step in place.OfLive?.Steps ?? [])
        {
            if (step.Name is { } name && !desired.ContainsKey(name))
            {
                var below = place.Field(name);
                if (below.OfLive!.Ends ? Live(below, out var kept) : Added(below, out kept))
                {
                    held[name] = kept;
                }
            }
        }

        return held;
    }

    /// <returns>Whether it is to be sent.</returns>
    private bool Member(JsonNode? value, Place place, out JsonNode? kept)
    {
        if (place.IsIgnored)
        {
            return Live(place, out kept);
        }

        if (!place.IsTouched || value is not (JsonObject or JsonArray))
        {
            kept = value?.DeepClone();
            return true;
        }

        kept = value is JsonObject fields ? Fields(fields, place) : Items((JsonArray)value, place);
        // A map of which everything is left out is left out.
        return kept is not (JsonObject { Count: 0 } or JsonArray { Count: 0 }) || value is JsonObject { Count: 0 } or JsonArray { Count: 0 };
    }

    private bool Added(Place place, out JsonNode? kept)
    {
        kept = place.Live is JsonObject ? Fields([], place) : null;
        return kept is JsonObject { Count: > 0 };
    }

    private bool Live(Place place, out JsonNode? kept)
    {
        kept = _whole || place.ByPosition || (place.IsOwn && place.Own.IsEmpty) ? place.Live?.DeepClone()
            : place.Own.IsEmpty ? null
            : Owned(place.Live, place.Own);
        return kept is not null;
    }

    private JsonArray Items(JsonArray desired, Place place)
    {
        var keys = place.All.Entries.Where(static entry => entry.Element.Kind == PathElementKind.Key)
            .Select(static entry => (entry.Element, Key: ListKey.Of(entry.Element.Text))).ToList();
        return keys.Count == 0 ? ByPosition(desired, place) : ByKey(desired, place, keys);
    }

    private JsonArray ByKey(JsonArray desired, Place place, List<(PathElement Element, ListKey Key)> keys)
    {
        var held = new JsonArray();
        var live = place.Live as JsonArray;
        var seen = new HashSet<int>();
        for (var i = 0; i < desired.Count; i++)
        {
            var item = desired[i];
            var (element, key) = keys.Find(known => ReferenceEquals(known.Key.BestOf(desired), item));
            var at = key is null ? -1 : Steps.IndexOf(live, key);
            seen.Add(at);
            var isWholeItem = place.OfDesired?.Item(i)?.Ends == true;
            if (at < 0)
            {
                if (!isWholeItem)
                {
                    // New in the manifest: it comes as it is there.
                    held.Add(item?.DeepClone());
                }

                continue;
            }

            if (Member(item, place.Item(element, i, at), out var kept))
            {
                held.Add(WithKeys(kept, element, item));
            }
        }

        for (var at = 0; at < live?.Count; at++)
        {
            if (!seen.Contains(at) && place.OfLive?.Item(at)?.Ends == true && keys.Find(known => known.Key.IsKeyOf(live[at])) is { Key: not null } gone
                && Live(place.Item(gone.Element, -1, at), out var kept))
            {
                held.Add(WithKeys(kept, gone.Element, live[at]));
            }
        }

        return held;
    }

    // Somebody owns such a list as one value; only where it has kept its length it is known which item is which.
    private JsonArray ByPosition(JsonArray desired, Place place)
    {
        var live = place.Live as JsonArray;
        var held = new JsonArray();
        for (var i = 0; i < desired.Count; i++)
        {
            if (live?.Count != desired.Count)
            {
                held.Add(desired[i]?.DeepClone());
            }
            else if (Member(desired[i], place.Item(PathElement.Index(i), i, i) with { ByPosition = true }, out var kept))
            {
                held.Add(kept);
            }
        }

        return held;
    }

    // An item is nothing without its keys, ignored or not.
    private static JsonNode? WithKeys(JsonNode? item, PathElement element, JsonNode? origin)
    {
        if (item is JsonObject fields && origin is JsonObject from)
        {
            foreach (var (name, _) in KubernetesJson.ParseObject(element.Content))
            {
                if (from[name] is { } value)
                {
                    fields[name] = value.DeepClone();
                }
            }
        }

        return item;
    }

    private static JsonNode? Owned(JsonNode? live, FieldSet own)
    {
        switch (live)
        {
            case JsonObject fields:
                var some = new JsonObject();
                foreach (var (element, _, below) in own.Entries)
                {
                    if (element.Kind == PathElementKind.Field && fields.TryGetPropertyValue(element.Content, out var value))
                    {
                        some[element.Content] = below.IsEmpty ? value?.DeepClone() : Owned(value, below);
                    }
                }

                return some.Count == 0 ? null : some;
            case JsonArray items:
                var list = new JsonArray();
                for (var i = 0; i < items.Count; i++)
                {
                    foreach (var (element, _, below) in own.Entries)
                    {
                        if (Steps.Of(element, items) is { } step && step.Index == i)
                        {
                            list.Add(element.Kind == PathElementKind.Key ? WithKeys(Owned(items[i], below) ?? new JsonObject(), element, items[i]) : items[i]?.DeepClone());
                        }
                    }
                }

                return list.Count == 0 ? null : list;
            default:
                return live?.DeepClone();
        }
    }

    /// <param name="Live">What stands here in the cluster.</param>
    /// <param name="OfLive">The ignored places from here on, found in the live object.</param>
    /// <param name="OfDesired">The same, found in the manifest.</param>
    /// <param name="Own">What our entry holds below.</param>
    /// <param name="IsOwn">Whether it holds this itself.</param>
    /// <param name="All">What all entries hold below.</param>
    /// <param name="ByPosition">Inside of a list that is one value.</param>
    private sealed record Place(JsonNode? Live, PathTree? OfLive, PathTree? OfDesired, FieldSet Own, bool IsOwn, FieldSet All, bool ByPosition)
    {
        public bool IsIgnored => OfLive is { Ends: true } || OfDesired is { Ends: true };

        public bool IsTouched => OfLive is not null || OfDesired is not null;

        public Place Field(string name) =>
            Below(PathElement.Field(name), (Live as JsonObject)?[name], OfLive?.Field(name), OfDesired?.Field(name));

        public Place Item(PathElement element, int ofDesired, int ofLive) =>
            Below(element, (Live as JsonArray)?[ofLive], OfLive?.Item(ofLive), OfDesired?.Item(ofDesired));

        private Place Below(PathElement element, JsonNode? live, PathTree? ofLive, PathTree? ofDesired)
        {
            var (isOwn, own) = Own.Below(element);
            return new(live, ofLive, ofDesired, own, isOwn, All.Below(element).Children, ByPosition);
        }
    }
}
