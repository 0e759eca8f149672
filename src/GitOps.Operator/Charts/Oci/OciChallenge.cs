namespace GitOps.Operator.Charts.Oci;

/// <summary>What a registry says about how to ask (<c>WWW-Authenticate</c>).</summary>
/// <param name="Scheme"><c>bearer</c> or <c>basic</c>.</param>
/// <param name="Realm">Where tokens are given.</param>
/// <param name="Service">To be said there; may be empty.</param>
/// <param name="Scope">To be said there; may be empty.</param>
internal sealed record OciChallenge(string Scheme, string Realm, string Service, string Scope)
{
    /// <param name="scheme">The header's first word.</param>
    /// <param name="parameters">The rest: <c>name="value"</c> by commas.</param>
    /// <returns>Null: it is of a kind that nobody here understands.</returns>
    public static OciChallenge? Parse(string scheme, string? parameters)
    {
        var kind = scheme.ToLowerInvariant();
        if (kind is not ("bearer" or "basic"))
        {
            return null;
        }

        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var rest = (parameters ?? string.Empty).AsSpan();
        while (rest.TrimStart([' ', ',', '\t']) is { IsEmpty: false } text && text.IndexOf('=') is > 0 and var equals)
        {
            var name = text[..equals].Trim().ToString();
            values[name] = Value(text[(equals + 1)..].TrimStart(), out rest);
        }

        return new(kind, values.GetValueOrDefault("realm", string.Empty), values.GetValueOrDefault("service", string.Empty), values.GetValueOrDefault("scope", string.Empty));
    }

    private static string Value(ReadOnlySpan<char> text, out ReadOnlySpan<char> rest)
    {
        if (text.IsEmpty || text[0] != '"')
        {
            var end = text.IndexOf(',');
            rest = end < 0 ? [] : text[end..];
            return (end < 0 ? text : text[..end]).Trim().ToString();
        }

        var value = new System.Text.StringBuilder();
        var i = 1;
        for (; i < text.Length && text[i] != '"'; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
            }

            value.Append(text[i]);
        }

        rest = i + 1 < text.Length ? text[(i + 1)..] : [];
        return value.ToString();
    }
}
