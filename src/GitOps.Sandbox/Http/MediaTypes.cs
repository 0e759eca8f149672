namespace GitOps.Sandbox.Http;

/// <summary>In which form an answer goes out.</summary>
internal enum AnswerForm
{
    Whole,
    Metadata,
    MetadataList,
    Table,
    AggregatedDiscovery,
}

/// <summary>Reads Accept headers: the first form that is served wins, as all clients list them in order of preference.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string JsonPatch = "application/json-patch+json";
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";
    public const string Apply = "application/apply-patch+yaml";
    public const string Yaml = "application/yaml";
    public const string Any = "*/*";
    public const string Protobuf = "application/vnd.kubernetes.protobuf";

    /// <exception cref="ApiError">406: nothing of what is accepted can be served.</exception>
    public static AnswerForm Negotiate(string? accept)
    {
        if (string.IsNullOrEmpty(accept))
        {
            return AnswerForm.Whole;
        }

        foreach (var item in accept.Split(','))
        {
            if (FormOf(item) is { } form)
            {
                return form;
            }
        }

        throw new ApiError(406, "NotAcceptable", "only the following media types are accepted: application/json", []);
    }

    /// <summary>The media type without its parameters, in lower case; JSON if there is none.</summary>
    public static string Of(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType))
        {
            return Json;
        }

        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? contentType : contentType[..end]).Trim().ToLowerInvariant();
    }

    private static AnswerForm? FormOf(string item)
    {
        var parts = item.Split(';', StringSplitOptions.TrimEntries);
        if (parts[0] is not (Json or "*/*" or "application/*"))
        {
            return null;
        }

        return Parameter(parts, "as") switch
        {
            "" => AnswerForm.Whole,
            "PartialObjectMetadata" when Parameter(parts, "v") == "v1" => AnswerForm.Metadata,
            "PartialObjectMetadataList" when Parameter(parts, "v") == "v1" => AnswerForm.MetadataList,
            "APIGroupDiscoveryList" when Parameter(parts, "v") == "v2" => AnswerForm.AggregatedDiscovery,
            "Table" when Parameter(parts, "v") == "v1" => AnswerForm.Table,
            _ => null,
        };
    }

    private static string Parameter(string[] parts, string name)
    {
        foreach (var part in parts.AsSpan(1))
        {
            if (part.StartsWith(name, StringComparison.Ordinal) && part.Length > name.Length && part[name.Length] == '=')
            {
                return part[(name.Length + 1)..];
            }
        }

        return string.Empty;
    }
}
