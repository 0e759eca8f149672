namespace GitOps.Manifests.Kustomize.Nodes;

internal enum NodeKind
{
    Scalar,
    Map,
    List,
}

/// <summary>What a scalar was found or made to be.</summary>
internal enum ScalarTag
{
    /// <summary>Whatever its text means when it is written without quotes.</summary>
    Plain,

    String,
    Integer,
    Float,
    Boolean,
    Null,
}

/// <summary>A member of a map.</summary>
internal sealed class Field(string name, Node value)
{
    public string Name { get; } = name;

    public Node Value { get; set; } = value;
}

/// <summary>
/// A value of a manifest on its way through the transformers. It is changed in place, and a scalar keeps the text it was written
/// with (<c>1.10</c>), because transformers work on texts: what kind of value the text is, is settled when the result is written.
/// </summary>
internal sealed class Node
{
    private const int Linear = 8;

    private Dictionary<string, int>? _index;

    private Node(NodeKind kind) => Kind = kind;

    public NodeKind Kind { get; private set; }

    /// <summary>Of a scalar.</summary>
    public string Text { get; set; } = string.Empty;

    /// <summary>Of a scalar.</summary>
    public ScalarTag Tag { get; set; }

    /// <summary>Of a scalar: written in quotes or as a block, so that its text is never taken for a number.</summary>
    public bool IsQuoted { get; set; }

    /// <summary>The items of a list.</summary>
    public List<Node> Items { get; private set; } = [];

    /// <summary>The fields of a map, in order.</summary>
    public List<Field> Fields { get; private set; } = [];

    public bool IsNull => Kind == NodeKind.Scalar && Tag == ScalarTag.Null;

    /// <summary>Null, an empty text, list or map.</summary>
    public bool IsEmpty => Kind switch
    {
        NodeKind.Scalar => Tag == ScalarTag.Null || (Text.Length == 0 && Tag == ScalarTag.Plain && !IsQuoted),
        NodeKind.Map => Fields.Count == 0,
        _ => Items.Count == 0,
    };

    public static Node Scalar(string text, ScalarTag tag = ScalarTag.Plain, bool isQuoted = false) =>
        new(NodeKind.Scalar) { Text = text, Tag = tag, IsQuoted = isQuoted };

    public static Node String(string text) => Scalar(text, ScalarTag.String);

    public static Node Map() => new(NodeKind.Map);

    public static Node List() => new(NodeKind.List);

    public static Node Of(NodeKind kind) => new(kind);

    public Node? Get(string name) => Kind == NodeKind.Map && IndexOf(name) is >= 0 and var index ? Fields[index].Value : null;

    /// <summary>The text of a scalar member; null where there is none or it is no scalar.</summary>
    public string? TextOf(string name) => Get(name) is { Kind: NodeKind.Scalar, IsNull: false } scalar ? scalar.Text : null;

    public void Set(string name, Node value)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            Fields[index].Value = value;
            return;
        }

        _index?.Add(name, Fields.Count);
        Fields.Add(new(name, value));
    }

    public bool Remove(string name)
    {
        var index = IndexOf(name);
        if (index < 0)
        {
            return false;
        }

        Fields.RemoveAt(index);
        _index = null;
        return true;
    }

    /// <summary>The member, made if it is missing.</summary>
    public Node GetOrAdd(string name, NodeKind kind)
    {
        if (Get(name) is { } found)
        {
            return found;
        }

        var added = new Node(kind);
        Set(name, added);
        return added;
    }

    /// <summary>Becomes another value, where it stands. The other's content is taken over, not copied.</summary>
    public void Become(Node other)
    {
        (Kind, Text, Tag, IsQuoted) = (other.Kind, other.Text, other.Tag, other.IsQuoted);
        (Items, Fields, _index) = (other.Items, other.Fields, null);
    }

    public void BecomeEmpty(NodeKind kind) => Become(new(kind));

    public Node Clone()
    {
        var copy = new Node(Kind) { Text = Text, Tag = Tag, IsQuoted = IsQuoted };
        if (Items.Count > 0)
        {
            copy.Items.Capacity = Items.Count;
            foreach (var item in Items)
            {
                copy.Items.Add(item.Clone());
            }
        }

        if (Fields.Count > 0)
        {
            copy.Fields.Capacity = Fields.Count;
            foreach (var field in Fields)
            {
                copy.Fields.Add(new(field.Name, field.Value.Clone()));
            }
        }

        return copy;
    }

    public override string ToString() => Kind switch
    {
        NodeKind.Scalar => Text,
        NodeKind.Map => $"map of {Fields.Count}",
        _ => $"list of {Items.Count}",
    };

    private int IndexOf(string name)
    {
        if (Fields.Count <= Linear)
        {
            for (var i = 0; i < Fields.Count; i++)
            {
                if (Fields[i].Name == name)
                {
                    return i;
                }
            }

            return -1;
        }

        if (_index is null)
        {
            _index = new(Fields.Count, StringComparer.Ordinal);
            for (var i = 0; i < Fields.Count; i++)
            {
                _index.TryAdd(Fields[i].Name, i);
            }
        }

        return _index.GetValueOrDefault(name, -1);
    }
}
