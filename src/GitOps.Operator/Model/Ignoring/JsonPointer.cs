using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Model.Ignoring;

/// <summary>A JSON pointer (RFC 6901): <c>/spec/replicas</c>, <c>/metadata/annotations/example.com~1note</c>.</summary>
internal sealed class JsonPointer
{
    private readonly ImmutableArray<string> _tokens;

    private JsonPointer(ImmutableArray<string> tokens) => _tokens = tokens;

    /// <exception cref="FormatException">It is no pointer to a field.</exception>
    public static JsonPointer Parse(string text)
    {
        if (text.Length == 0 || text == "/")
        {
            throw new FormatException($"'{text}' names no field; write for example /spec/replicas");
        }

        if (text[0] != '/')
        {
            throw new FormatException($"'{text}' does not begin with '/'; write for example /spec/replicas");
        }

        return new([.. text[1..].Split('/').Select(token => Unescape(token, text))]);
    }

    /// <summary>The place in this object; null where there is none.</summary>
    public ImmutableArray<JsonStep>? Find(JsonObject root)
    {
        var steps = ImmutableArray.CreateBuilder<JsonStep>(_tokens.Length);
        JsonNode? at = root;
        foreach (var token in _tokens)
        {
            if (at is JsonObject fields && fields.TryGetPropertyValue(token, out var below))
            {
                steps.Add(JsonStep.Field(token));
                at = below;
            }
            else if (at is JsonArray items && IsIndex(token, out var index) && index < items.Count)
            {
                steps.Add(JsonStep.Item(index));
                at = items[index];
            }
            else
            {
                return null;
            }
        }

        return steps.DrainToImmutable();
    }

    private static bool IsIndex(string token, out int index) =>
        int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out index) && (token.Length == 1 || token[0] != '0');

    private static string Unescape(string token, string text)
    {
        for (var i = token.IndexOf('~', StringComparison.Ordinal); i >= 0; i = token.IndexOf('~', i + 1))
        {
            if (i + 1 == token.Length || token[i + 1] is not ('0' or '1'))
            {
                throw new FormatException($"'{text}': behind '~' stands 0 (for '~') or 1 (for '/')");
            }
        }

        return token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }
}
