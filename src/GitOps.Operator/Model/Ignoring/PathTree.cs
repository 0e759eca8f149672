using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Model.Ignoring;

/// <summary>Places in one object, as a tree of steps. What stands below a place belongs to it.</summary>
internal sealed class PathTree
{
    private readonly Dictionary<JsonStep, PathTree> _below = [];

    /// <summary>Whether this is one of the places.</summary>
    public bool Ends { get; private set; }

    public bool IsEmpty => !Ends && _below.Count == 0;

    /// <summary>The steps from here that lead to places.</summary>
    public IEnumerable<JsonStep> Steps => _below.Keys;

    public void Add(ImmutableArray<JsonStep> path)
    {
        var at = this;
        foreach (var step in path)
        {
            if (!at._below.TryGetValue(step, out var next))
            {
                at._below[step] = next = new();
            }

            at = next;
        }

        at.Ends = true;
    }

    public bool TryStep(JsonStep step, [NotNullWhen(true)] out PathTree? below) => _below.TryGetValue(step, out below);

    public PathTree? Field(string name) => _below.GetValueOrDefault(JsonStep.Field(name));

    public PathTree? Item(int index) => _below.GetValueOrDefault(JsonStep.Item(index));

    /// <summary>A copy of the value that stands here, without the places.</summary>
    /// <returns>Null where nothing is left, or where JSON null stands.</returns>
    public JsonNode? Without(JsonNode? value)
    {
        if (Ends)
        {
            return null;
        }

        switch (value)
        {
            case JsonObject fields:
                var rest = new JsonObject();
                foreach (var (name, member) in fields)
                {
                    var below = Field(name);
                    if (below is not { Ends: true })
                    {
                        rest[name] = below is null ? member?.DeepClone() : below.Without(member);
                    }
                }

                return rest;
            case JsonArray items:
                var left = new JsonArray();
                for (var i = 0; i < items.Count; i++)
                {
                    var below = Item(i);
                    if (below is not { Ends: true })
                    {
                        left.Add(below is null ? items[i]?.DeepClone() : below.Without(items[i]));
                    }
                }

                return left;
            default:
                return value?.DeepClone();
        }
    }
}
