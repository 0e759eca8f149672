using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Manifests.Kustomize.Generators;

/// <summary>JSON as Go writes it: members sorted, and what HTML could take for its own escaped.</summary>
internal static class GoJson
{
    private const int Step = 2;

    public static string Write(JsonNode? json, bool isIndented = false)
    {
        var text = new StringBuilder();
        Write(text, json, isIndented ? 0 : -1);
        return text.ToString();
    }

    /// <summary>A string with its quotes.</summary>
    public static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var letter in value)
        {
            switch (letter)
            {
                case '"' or '\\':
                    text.Append('\\').Append(letter);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029':
                    text.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                default:
                    text.Append(letter);
                    break;
            }
        }

        text.Append('"');
    }

    private static void Write(StringBuilder text, JsonNode? json, int depth)
    {
        switch (json)
        {
            case JsonObject fields:
                WriteAll(text, '{', '}', fields.OrderBy(static field => field.Key, Utf8Order.Instance), depth, static (text, field, depth) =>
                {
                    WriteString(text, field.Key);
                    text.Append(depth < 0 ? ":" : ": ");
                    Write(text, field.Value, depth);
                });
                break;
            case JsonArray items:
                WriteAll(text, '[', ']', items, depth, Write);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                WriteString(text, value.GetValue<string>());
                break;
            default:
                text.Append(json is null ? "null" : json.ToJsonString());
                break;
        }
    }

    private static void WriteAll<T>(StringBuilder text, char open, char close, IEnumerable<T> items, int depth, Action<StringBuilder, T, int> write)
    {
        text.Append(open);
        var isEmpty = true;
        foreach (var item in items)
        {
            text.Append(isEmpty ? string.Empty : ",");
            isEmpty = false;
            NewLine(text, depth < 0 ? -1 : depth + 1);
            write(text, item, depth < 0 ? -1 : depth + 1);
        }

        if (!isEmpty)
        {
            NewLine(text, depth);
        }

        text.Append(close);
    }

    private static void NewLine(StringBuilder text, int depth)
    {
        if (depth >= 0)
        {
            text.Append('\n').Append(' ', depth * Step);
        }
    }
}
