using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>Paths to fields, as kustomize writes them: <c>spec/template</c> and <c>spec.containers.[name=web].image</c>.</summary>
internal static class NodePath
{
    /// <summary>Splits at a delimiter that no backslash precedes.</summary>
    public static List<string> Split(string path, char delimiter)
    {
        var parts = path.Split(delimiter).ToList();
        BuildWork.CheckDepth(parts.Count);
        if (parts.Count > 1 && parts[0].Length == 0)
        {
            parts.RemoveAt(0);
        }

        var result = new List<string> { parts[0] };
        foreach (var part in parts.Skip(1))
        {
            if (result[^1].EndsWith('\\'))
            {
                result[^1] = $"{result[^1][..^1]}{delimiter}{part}";
            }
            else
            {
                result.Add(part);
            }
        }

        return result;
    }

    /// <summary>Splits at dots, but not within brackets; <c>[a.b]</c> is the field a.b, <c>[name=a.b]</c> an item.</summary>
    public static List<string> SplitDotted(string path)
    {
        var parts = Split(path, '.');
        var result = new List<string>(parts.Count);
        for (var i = 0; i < parts.Count; i++)
        {
            if (!parts[i].StartsWith('[') || parts[i].EndsWith(']'))
            {
                result.Add(parts[i]);
                continue;
            }

            var first = i;
            while (i < parts.Count - 1)
            {
                if (parts[++i].EndsWith(']'))
                {
                    break;
                }
            }

            var bracketed = string.Join('.', parts.Skip(first).Take(i - first + 1));
            result.Add(bracketed.Contains('=', StringComparison.Ordinal) ? bracketed : bracketed.Trim('[', ']'));
        }

        return result;
    }

    /// <summary>One node, or null. A list's item is named by <c>[key=value]</c> (exactly), its number, or <c>-</c> for the last.</summary>
    public static Node? Find(Node node, IReadOnlyList<string> path)
    {
        Node? found = node;
        foreach (var part in path)
        {
            found = found is null ? null : Step(found, part);
            if (found is null)
            {
                return null;
            }
        }

        return found;
    }

    /// <summary>All nodes that a path leads to; items are picked by regular expressions, <c>*</c> is every item.</summary>
    /// <param name="node">Where the path begins.</param>
    /// <param name="path">Its parts.</param>
    /// <param name="create">What to make at the end of a path that is missing; null: nothing.</param>
    /// <exception cref="KustomizeException">The path does not fit the object.</exception>
    public static List<Node> FindAll(Node node, IReadOnlyList<string> path, NodeKind? create)
    {
        var found = new List<Node>();
        Collect(node, path, 0, create, found);
        return found;
    }

    private static Node? Step(Node node, string part)
    {
        if (IsItem(part))
        {
            var (key, value) = SplitItem(part);
            if (node.Kind != NodeKind.List)
            {
                throw new KustomizeException($"'{part}' picks an item, but there is no list");
            }

            return node.Items.FirstOrDefault(item => key.Length == 0
                ? item.Kind == NodeKind.Scalar && item.Text == value
                : item.TextOf(key) == value);
        }

        if (node.Kind == NodeKind.List)
        {
            if (part == "-")
            {
                return node.Items.LastOrDefault();
            }

            if (IsNumber(part, out var index))
            {
                return index < node.Items.Count ? node.Items[index] : null;
            }

            throw new KustomizeException($"there is a list where '{part}' expects a map");
        }

        return node.Kind == NodeKind.Map ? node.Get(part)
            : node.IsNull ? null
            : throw new KustomizeException($"there is a value where '{part}' expects a map");
    }

    private static void Collect(Node node, IReadOnlyList<string> path, int at, NodeKind? create, List<Node> found)
    {
        BuildWork.Spend(1);
        if (at == path.Count)
        {
            found.Add(node);
            return;
        }

        var part = path[at];
        if (IsNumber(part, out var index))
        {
            CollectByIndex(node, path, at, index, create, found);
        }
        else if (IsItem(part))
        {
            CollectMatching(node, path, at, create, found);
        }
        else if (part == "*")
        {
            foreach (var item in Items(node, part))
            {
                Collect(item, path, at + 1, create, found);
            }
        }
        else
        {
            CollectField(node, path, at, create, found);
        }
    }

    private static void CollectByIndex(Node node, IReadOnlyList<string> path, int at, int index, NodeKind? create, List<Node> found)
    {
        var items = Items(node, path[at]);
        if (items.Count == index && create is { } kind)
        {
            items.Add(Node.Of(KindFor(path, at + 1, kind)));
        }

        if (index >= items.Count)
        {
            throw new KustomizeException(string.Create(CultureInfo.InvariantCulture, $"index {index} specified but only {items.Count} elements found"));
        }

        Collect(items[index], path, at + 1, create, found);
    }

    private static void CollectMatching(Node node, IReadOnlyList<string> path, int at, NodeKind? create, List<Node> found)
    {
        var (key, pattern) = SplitItem(path[at]);
        var matches = Matcher(pattern);
        var before = found.Count;
        Visit();
        if (found.Count > before || create is null)
        {
            return;
        }

        var value = Node.Scalar(pattern);
        var added = value;
        if (key.Length > 0)
        {
            added = Node.Map();
            added.Set(key, value);
        }

        node.Items.Add(added);
        Visit();

        void Visit()
        {
            foreach (var item in Items(node, path[at]).ToList())
            {
                BuildWork.Spend(1);
                var text = key.Length == 0 ? item : item.Get(key);
                if (text is not null && (text.Kind == NodeKind.Scalar || key.Length == 0) && matches(TextOf(text)))
                {
                    Collect(item, path, key.Length == 0 ? path.Count : at + 1, create, found);
                }
            }
        }
    }

    /// <summary>Whether an expression occurs in a text; most are the plain name of a container, of which no automaton is built.</summary>
    private static Func<string, bool> Matcher(string pattern) => PlainPattern.TryParse(pattern)?.Literal is { } literal
        ? text => text.Contains(literal, StringComparison.Ordinal)
        : new BoundedRegex(pattern, "{0}").IsMatch;

    private static void CollectField(Node node, IReadOnlyList<string> path, int at, NodeKind? create, List<Node> found)
    {
        if (node.Kind != NodeKind.Map)
        {
            if (node.IsNull)
            {
                // What is made in place of a null is a copy, which nobody sees again.
                if (create is not null)
                {
                    Collect(Node.Map(), path, at, create, found);
                }

                return;
            }

            if (node.Kind == NodeKind.Scalar && !node.IsNull && at > 0)
            {
                // A text that is a document itself: what the path finds in it is a copy, which nobody sees again.
                BuildWork.Spend(node.Text.Length * 10L);
                if (NodeReader.ReadOne(node.Text, YamlDialect.Kustomize) is { Kind: not NodeKind.Scalar } inner)
                {
                    Collect(inner, path, at, create, found);
                    return;
                }
            }

            throw new KustomizeException($"there is no map in which '{path[at]}' could be");
        }

        var field = node.Get(path[at]);
        if (field is null && create is { } kind)
        {
            field = Node.Of(KindFor(path, at + 1, kind));
            node.Set(path[at], field);
        }

        if (field is not null)
        {
            Collect(field, path, at + 1, create, found);
        }
    }

    /// <summary>The kind of node that the rest of a path needs.</summary>
    private static NodeKind KindFor(IReadOnlyList<string> path, int at, NodeKind atEnd) =>
        at >= path.Count ? atEnd
        : IsItem(path[at]) || IsNumber(path[at], out _) ? NodeKind.List
        : NodeKind.Map;

    private static List<Node> Items(Node node, string part) => node.Kind == NodeKind.List
        ? node.Items
        : throw new KustomizeException($"there is no list in which '{part}' could be");

    /// <summary>What an expression is held against, which for items that are no plain values is their YAML.</summary>
    private static string TextOf(Node node)
    {
        if (node.Kind == NodeKind.Scalar)
        {
            return node.Text;
        }

        using var text = new StringWriter(CultureInfo.InvariantCulture);
        if (NodeJson.ToJson(node) is JsonObject { Count: > 0 } fields)
        {
            new YamlWriter(text).Write(fields);
        }
        else
        {
            text.Write(KubernetesJson.ToText(NodeJson.ToJson(node)));
        }

        return text.ToString();
    }

    private static bool IsItem(string part) => part is ['[', .., ']'];

    private static bool IsNumber(string part, out int number) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static (string Key, string Value) SplitItem(string part)
    {
        var inner = part[1..^1];
        var equals = inner.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? throw new KustomizeException($"'{part}' is not of the form [name=value]")
            : (inner[..equals], inner[(equals + 1)..]);
    }
}
