namespace GitOps.Manifests.Yaml;

/// <summary>The documents of a file, and what could not be read of it.</summary>
/// <param name="Documents">Those with content, in order.</param>
/// <param name="Errors">At most one per document, in order.</param>
internal sealed record YamlFile(IReadOnlyList<YamlDocument> Documents, IReadOnlyList<YamlErrorException> Errors)
{
    /// <summary>A stream of YAML documents, each of which may be JSON, as kubectl reads it: the last line need not end.</summary>
    public static YamlFile Parse(ReadOnlySpan<byte> content, YamlLimits limits) => Parse(content, limits, completesLastLine: true);

    /// <summary>The same as it stands: a literal block at the end of the file has a line feed only if the file has.</summary>
    public static YamlFile ParseExactly(ReadOnlySpan<byte> content, YamlLimits limits) => Parse(content, limits, completesLastLine: false);

    /// <summary>A file that holds one JSON value.</summary>
    public static YamlFile ParseJson(ReadOnlySpan<byte> content, YamlLimits limits)
    {
        try
        {
            return JsonParser.Parse(ManifestText.Decode(content), firstLine: 1, limits) switch
            {
                [] => new([], [new(1, "the file is empty, which is not JSON")]),
                [var root] => new([new(1, root.Line, root)], []),
                [_, var second, ..] => new([], [new(second.Line, "a .json file holds one value: put the objects into a List, or into .yaml files")]),
            };
        }
        catch (YamlErrorException e)
        {
            return new([], [e]);
        }
    }

    private static YamlFile Parse(ReadOnlySpan<byte> content, YamlLimits limits, bool completesLastLine)
    {
        var documents = new List<YamlDocument>();
        var errors = new List<YamlErrorException>();
        try
        {
            foreach (var chunk in YamlSplitter.Split(ManifestText.Decode(content), completesLastLine, errors))
            {
                try
                {
                    AddChunk(chunk, limits, documents);
                }
                catch (YamlErrorException e)
                {
                    errors.Add(e);
                }
            }
        }
        catch (YamlErrorException e)
        {
            errors.Add(e);
        }

        errors.Sort(static (a, b) => a.Line.CompareTo(b.Line));
        return new(documents, errors);
    }

    private static void AddChunk(YamlChunk chunk, YamlLimits limits, List<YamlDocument> documents)
    {
        if (chunk.Text.AsSpan().TrimStart() is ['{', ..] && TryParseJson(chunk, limits) is { } values)
        {
            documents.AddRange(values.Select(value => new YamlDocument(chunk.Number, value.Line, value)));
        }
        else if (YamlParser.Parse(chunk, limits) is { } root)
        {
            documents.Add(new(chunk.Number, root.Line, root));
        }
    }

    /// <returns>Null where it is not JSON: then it may be a YAML flow mapping.</returns>
    private static List<YamlNode>? TryParseJson(YamlChunk chunk, YamlLimits limits)
    {
        try
        {
            return JsonParser.Parse(chunk.Text, chunk.Line, limits);
        }
        catch (YamlErrorException)
        {
            return null;
        }
    }
}
