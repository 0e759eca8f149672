namespace GitOps.Manifests.Yaml;

/// <summary>Finds the node that a value came from, to name its line.</summary>
internal static class YamlPath
{
    /// <summary>The value of a key, looked for in what is merged too; null where there is none.</summary>
    public static YamlNode? Find(YamlNode node, string key)
    {
        if (Follow(node) is not YamlMapping mapping)
        {
            return null;
        }

        foreach (var (name, value) in mapping.Entries)
        {
            if (Follow(name) is YamlScalar scalar && string.Equals(scalar.Text, key, StringComparison.Ordinal))
            {
                return value;
            }
        }

        foreach (var (name, value) in mapping.Entries)
        {
            if (YamlDialect.IsMergeKey(name))
            {
                var sources = value is YamlSequence sequence ? sequence.Items : [value];
                var found = sources.Select(source => Find(source, key)).FirstOrDefault(static found => found is not null);
                if (found is not null)
                {
                    return found;
                }
            }
        }

        return null;
    }

    /// <summary>The line of a value below a node; of the deepest part of the path that was found where it has none.</summary>
    public static int LineOf(YamlNode node, params ReadOnlySpan<string> path)
    {
        var line = node.Line;
        foreach (var key in path)
        {
            if (Find(node, key) is not { } next)
            {
                break;
            }

            (node, line) = (next, next.Line);
        }

        return line;
    }

    public static YamlNode Follow(YamlNode node) => node is YamlAlias alias ? alias.Target : node;
}
