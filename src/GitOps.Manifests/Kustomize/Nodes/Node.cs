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

    /// <summary>A date, with or without a time, in plain letters.</summary>
    Time,

    Null,
}

/// <summary>A member of a map.</summary>
internal sealed class Field(string name, Node value, bool isText = true)
{
    public string Name { get; } = name;

    /// <summary>Whether the name is a text; a number or a flag has no place in JSON, and so not in what comes out.</summary>
    public bool IsText { get; } = isText;

    public Node Value { get; set; } = value;
}

/// <summary>
/// A value of a manifest on its way through the transformers. It is changed in place, and a scalar keeps the text it was written
/// with (<c>1.10</c>), because transformers work on texts: what kind of value the text is, is settled when the result is written.
/// </summary>
internal sealed class Node
{
    private const int Linear = 8;

    // Made when they are asked for: most nodes are scalars, which have neither.
    private List<Node>? _items;
    private List<Field>? _fields;
    private Dictionary<string, int>? _index;

    private Node(NodeKind kind) => Kind = kind;

    public NodeKind Kind { get; private set; }

    /// <summary>Of a scalar.</summary>
    public string Text { get; set; } = string.Empty;

    /// <summary>Of a scalar.</summary>
    public ScalarTag Tag { get; set; }

    /// <summary>Of a scalar: written in quotes or as a block, so that its text is never taken for a number.</summary>
    public bool IsQuoted { get; set; }

    /// <summary>Of a scalar: written as a folded block, which changes its text when it is written again.</summary>
    public bool IsFolded { get; set; }

    /// <summary>The items of a list.</summary>
    public List<Node> Items => _items ??= [];

    /// <summary>The fields of a map, in order.</summary>
    public List<Field> Fields => _fields ??= [];

    public bool IsNull => Kind == NodeKind.Scalar && Tag == ScalarTag.Null;

    /// <summary>Of a list or a map: written in brackets or braces, in which a missing value becomes an empty text.</summary>
    public bool IsFlow { get; set; }

    /// <summary>Null, an empty text, list or map.</summary>
    public bool IsEmpty => Kind switch
    {
        NodeKind.Scalar => Tag == ScalarTag.Null || (Text.Length == 0 && Tag == ScalarTag.Plain && !IsQuoted),
        NodeKind.Map => Fields.Count == 0,
        _ => Items.Count == 0,
    };

    public static Node Scalar(string text, ScalarTag tag = ScalarTag.Plain, bool isQuoted = false, bool isFolded = false) =>
        new(NodeKind.Scalar) { Text = text, Tag = tag, IsQuoted = isQuoted, IsFolded = isFolded };

    public static Node String(string text) => Scalar(text, ScalarTag.String);

    public static Node Map() => new(NodeKind.Map);

    public static Node List() => new(NodeKind.List);

    public static Node Of(NodeKind kind) => new(kind);

    public Node? Get(string name) => Kind == NodeKind.Map && IndexOf(name) is >= 0 and var index ? Fields[index].Value : null;

    /// <summary>Whether there is no member whose name is a number or a flag.</summary>
    public bool IsText(string name) => IndexOf(name) is not (>= 0 and var index) || Fields[index].IsText;

    /// <summary>The text of a scalar member; null where there is none or it is no scalar.</summary>
    public string? TextOf(string name) => Get(name) is { Kind: NodeKind.Scalar, IsNull: false } scalar ? scalar.Text : null;

    public void Set(string name, Node value, bool isText = true)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            Fields[index].Value = value;
            return;
        }

        _index?.Add(name, Fields.Count);
        Fields.Add(new(name, value, isText));
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
        (Kind, Text, Tag, IsQuoted, IsFolded) = (other.Kind, other.Text, other.Tag, other.IsQuoted, other.IsFolded);
        IsFlow = other.IsFlow;
        (_items, _fields, _index) = (other._items, other._fields, null);
    }

    public void BecomeEmpty(NodeKind kind) => Become(new(kind));

    public Node Clone()
    {
        var copy = new Node(Kind) { Text = Text, Tag = Tag, IsQuoted = IsQuoted, IsFolded = IsFolded, IsFlow = IsFlow };
        copy._items = _items?.ConvertAll(static item => item.Clone());
        copy._fields = _fields?.ConvertAll(static field => new Field(field.Name, field.Value.Clone(), field.IsText));
        return copy;
    }

    /// <summary>How many values there are in it, itself among them, how long the texts are, and how deep it is.</summary>
    public (long Values, long Characters, int Depth) Measure()
    {
        var (values, characters, depth) = (1L, (long)Text.Length, 0);
        foreach (var item in Items)
        {
            Add(item);
        }

        foreach (var field in Fields)
        {
            characters += field.Name.Length;
            Add(field.Value);
        }

        return (values, characters, depth);

        void Add(Node below)
        {
            var size = below.Measure();
            (values, characters, depth) = (values + size.Values, characters + size.Characters, Math.Max(depth, size.Depth + 1));
        }
    }

    /// <summary>Whether another value says the same in the same way: a text that was written anew is another one.</summary>
    public bool IsSame(Node other) =>
        Kind == other.Kind
        && Kind switch
        {
            NodeKind.Map => Fields.Count == other.Fields.Count && Fields.Zip(other.Fields).All(static pair => pair.First.Name == pair.Second.Name && pair.First.Value.IsSame(pair.Second.Value)),
            NodeKind.List => Items.Count == other.Items.Count && Items.Zip(other.Items).All(static pair => pair.First.IsSame(pair.Second)),
            _ => (Text, Tag, IsQuoted) == (other.Text, other.Tag, other.IsQuoted),
        };

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
