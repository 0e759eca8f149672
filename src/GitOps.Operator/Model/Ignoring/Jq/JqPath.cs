using System.Text.Json.Nodes;

namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>A place in the object that an expression is run on, from the end to the root; a range of a list stands for each of its items.</summary>
internal sealed class JqPath
{
    public static readonly JqPath Root = new(null, null, 0, 0);

    private JqPath(JqPath? parent, string? name, int index, int count)
    {
        Parent = parent;
        Name = name;
        Index = index;
        Count = count;
    }

    public JqPath? Parent { get; }

    /// <summary>Null: an index or a range.</summary>
    public string? Name { get; }

    public int Index { get; }

    /// <summary>Of a range: how many items; an index has -1.</summary>
    public int Count { get; }

    public bool IsRange => Parent is not null && Name is null && Count >= 0;

    public JqPath Field(string name) => new(this, name, 0, -1);

    /// <summary>The item of a list, or of a range of one.</summary>
    public JqPath Item(int index) => IsRange ? Parent!.Item(Index + index) : new(this, null, index, -1);

    public JqPath Range(int from, int count) => IsRange ? Parent!.Range(Index + from, count) : new(this, null, from, count);
}

/// <param name="Value">Null: JSON null.</param>
/// <param name="Path">Null: it was computed, and stands nowhere in the object.</param>
internal readonly record struct JqItem(JsonNode? Value, JqPath? Path);
