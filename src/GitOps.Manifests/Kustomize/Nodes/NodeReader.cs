using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>From parsed YAML to nodes: aliases and merge keys are written out, within a budget.</summary>
internal sealed class NodeReader
{
    private const string TimeTag = "tag:yaml.org,2002:timestamp";

    private readonly YamlDialect _dialect;
    private readonly YamlBudget _budget;

    /// <summary>Of the document's object; kustomize writes them anew, so that a name may be there twice, and the last counts.</summary>
    private YamlMapping? _annotations;

    private NodeReader(YamlDialect dialect, YamlLimits limits) => (_dialect, _budget) = (dialect, new(limits));

    /// <summary>The documents of a text, empty ones included.</summary>
    /// <exception cref="YamlErrorException">The first thing that is wrong.</exception>
    public static List<Node> ReadAll(ReadOnlySpan<byte> content, YamlDialect dialect)
    {
        var limits = YamlLimits.Default;
        var file = YamlFile.ParseExactly(content, limits);
        return file.Errors is [var error, ..] ? throw error : [.. file.Documents.Select(document => new NodeReader(dialect, limits) { _annotations = AnnotationsOf(document.Root) }.Read(document.Root))];
    }

    /// <summary>The first document; null where there is none.</summary>
    /// <exception cref="YamlErrorException">The first thing that is wrong.</exception>
    public static Node? ReadOne(string text, YamlDialect dialect)
    {
        var file = YamlFile.ParseExactly(System.Text.Encoding.UTF8.GetBytes(text), YamlLimits.Default);
        return file.Errors is [var error, ..] ? throw error
            : file.Documents is [var first, ..] ? new NodeReader(dialect, YamlLimits.Default).Read(first.Root)
            : null;
    }

    private static YamlMapping? AnnotationsOf(YamlNode root) =>
        MemberOf(MemberOf(root as YamlMapping, "metadata") as YamlMapping, "annotations") as YamlMapping;

    private static YamlNode? MemberOf(YamlMapping? mapping, string name) =>
        mapping?.Entries.Find(entry => entry.Key is YamlScalar key && key.Text == name).Value;

    private Node Read(YamlNode node)
    {
        switch (node)
        {
            case YamlScalar scalar:
                _budget.Take(scalar);
                return OfScalar(scalar);
            case YamlMapping mapping:
                _budget.Enter(mapping);
                var map = OfMapping(mapping);
                map.IsFlow = mapping.IsFlow;
                _budget.Leave();
                return map;
            case YamlSequence sequence:
                _budget.Enter(sequence);
                var list = Node.List();
                list.IsFlow = sequence.IsFlow;
                list.Items.AddRange(sequence.Items.Select(Read));
                _budget.Leave();
                return list;
            case YamlAlias alias:
                _budget.EnterAlias();
                var target = Read(alias.Target);
                _budget.LeaveAlias();
                return target;
            default:
                throw new InvalidOperationException($"unknown node {node.GetType().Name}");
        }
    }

    private Node OfScalar(YamlScalar scalar)
    {
        var value = _dialect.Resolve(scalar);
        var isQuoted = scalar.Style != YamlScalarStyle.Plain;
        if (IsTime(scalar))
        {
            return Node.Scalar(scalar.Text, ScalarTag.Time);
        }

        return value.Kind switch
        {
            ScalarKind.Null => Node.Scalar(scalar.Text, ScalarTag.Null),
            ScalarKind.Boolean => Node.Scalar(scalar.Text, ScalarTag.Boolean),
            ScalarKind.Integer => Node.Scalar(scalar.Text, ScalarTag.Integer),
            ScalarKind.Float => Node.Scalar(scalar.Text, ScalarTag.Float),
            ScalarKind.NotFinite => throw new YamlErrorException(
                scalar.Line, "infinities and not-a-number have no place in JSON: quote the value if it is meant as text"),
            _ => Node.Scalar(value.Text, ScalarTag.String, isQuoted, isFolded: scalar.Style == YamlScalarStyle.Folded),
        };
    }

    private static bool IsTime(YamlScalar scalar) =>
        scalar is { Style: YamlScalarStyle.Plain, Tag: "" or TimeTag } && GoTimes.ToJson(scalar.Text) is not null;

    private Node OfMapping(YamlMapping mapping)
    {
        var map = Node.Map();
        List<YamlNode>? merged = null;
        foreach (var (key, value) in mapping.Entries)
        {
            if (YamlDialect.IsMergeKey(key))
            {
                (merged ??= []).Add(value);
                continue;
            }

            var (name, isText) = KeyOf(key);
            if (map.Get(name) is not null && !ReferenceEquals(mapping, _annotations))
            {
                throw new YamlErrorException(key.Line, $"duplicate key \"{name}\": remove one of them");
            }

            map.Set(name, Read(value), isText);
        }

        foreach (var value in merged ?? [])
        {
            Merge(value, map);
        }

        return map;
    }

    /// <summary>What the map says itself wins, then earlier sources.</summary>
    private void Merge(YamlNode value, Node map)
    {
        foreach (var source in YamlPath.Follow(value) is YamlSequence sequence ? sequence.Items : [value])
        {
            if (YamlPath.Follow(source) is not YamlMapping)
            {
                throw new YamlErrorException(source.Line, "a merge key '<<' takes a mapping or a list of mappings");
            }

            foreach (var field in Read(source).Fields.Where(field => map.Get(field.Name) is null))
            {
                map.Set(field.Name, field.Value, field.IsText);
            }
        }
    }

    private (string Name, bool IsText) KeyOf(YamlNode key)
    {
        if (YamlPath.Follow(key) is not YamlScalar scalar)
        {
            throw new YamlErrorException(key.Line, "a mapping or a list cannot be a key: quote it if it is meant as text; templates are not rendered here");
        }

        var value = _dialect.Resolve(scalar);
        return value.Key is { } name
            ? (name, value.Kind == ScalarKind.String && !IsTime(scalar))
            : throw new YamlErrorException(key.Line, "this cannot be a key: quote it if it is meant as text");
    }
}
