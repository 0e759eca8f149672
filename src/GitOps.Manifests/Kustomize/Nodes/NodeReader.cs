using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>From parsed YAML to nodes: aliases and merge keys are written out, within a budget.</summary>
internal sealed class NodeReader
{
    private readonly YamlDialect _dialect;
    private readonly YamlBudget _budget;

    private NodeReader(YamlDialect dialect, YamlLimits limits) => (_dialect, _budget) = (dialect, new(limits));

    /// <summary>The documents of a text, empty ones included.</summary>
    /// <exception cref="YamlErrorException">The first thing that is wrong.</exception>
    public static List<Node> ReadAll(ReadOnlySpan<byte> content, YamlDialect dialect)
    {
        var limits = YamlLimits.Default;
        var file = YamlFile.Parse(content, limits);
        return file.Errors is [var error, ..] ? throw error : [.. file.Documents.Select(document => new NodeReader(dialect, limits).Read(document.Root))];
    }

    /// <summary>The first document; null where there is none.</summary>
    /// <exception cref="YamlErrorException">The first thing that is wrong.</exception>
    public static Node? ReadOne(string text, YamlDialect dialect)
    {
        var file = YamlFile.Parse(System.Text.Encoding.UTF8.GetBytes(text), YamlLimits.Default);
        return file.Errors is [var error, ..] ? throw error
            : file.Documents is [var first, ..] ? new NodeReader(dialect, YamlLimits.Default).Read(first.Root)
            : null;
    }

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
                _budget.Leave();
                return map;
            case YamlSequence sequence:
                _budget.Enter(sequence);
                var list = Node.List();
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
        return value.Kind switch
        {
            ScalarKind.Null => Node.Scalar(scalar.Text, ScalarTag.Null),
            ScalarKind.Boolean => Node.Scalar(scalar.Text, ScalarTag.Boolean),
            ScalarKind.Integer => Node.Scalar(scalar.Text, ScalarTag.Integer),
            ScalarKind.Float => Node.Scalar(scalar.Text, ScalarTag.Float),
            ScalarKind.NotFinite => throw new YamlErrorException(
                scalar.Line, "infinities and not-a-number have no place in JSON: quote the value if it is meant as text"),
            _ => Node.Scalar(value.Text, ScalarTag.String, isQuoted),
        };
    }

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

            var name = KeyOf(key);
            if (map.Get(name) is not null)
            {
                throw new YamlErrorException(key.Line, $"duplicate key \"{name}\": remove one of them");
            }

            map.Set(name, Read(value));
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
                map.Set(field.Name, field.Value);
            }
        }
    }

    private string KeyOf(YamlNode key)
    {
        if (YamlPath.Follow(key) is not YamlScalar scalar)
        {
            throw new YamlErrorException(key.Line, "a mapping or a list cannot be a key: quote it if it is meant as text; templates are not rendered here");
        }

        return _dialect.Resolve(scalar).Key
            ?? throw new YamlErrorException(key.Line, "this cannot be a key: quote it if it is meant as text");
    }
}
