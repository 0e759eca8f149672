using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Manifests.Yaml;

/// <summary>Writes JSON as block YAML.</summary>
internal sealed class YamlWriter
{
    private const int Step = 2;

    /// <summary>YAML looks 1,024 characters ahead for the colon after a key; longer keys are written with a question mark.</summary>
    private const int MaxSimpleKey = 1000;

    private readonly TextWriter _writer;

    public YamlWriter(TextWriter writer) => _writer = writer;

    public void Write(JsonObject root)
    {
        if (root.Count == 0)
        {
            _writer.Write("{}\n");
        }
        else
        {
            WriteMapping(root, indent: 0, isInline: false);
        }
    }

    /// <param name="fields">Not empty.</param>
    /// <param name="indent">Column of the keys.</param>
    /// <param name="isInline">Whether the first key stands where the writer is, after a dash.</param>
    private void WriteMapping(JsonObject fields, int indent, bool isInline)
    {
        foreach (var (name, value) in fields)
        {
            Indent(isInline ? 0 : indent);
            isInline = false;
            var key = YamlText.IsPlain(name) ? name : YamlText.Quote(name);
            var isSimple = key.Length <= MaxSimpleKey;
            if (!isSimple)
            {
                _writer.Write("? ");
                _writer.Write(key);
                _writer.Write('\n');
                Indent(indent);
            }

            _writer.Write(isSimple ? key : string.Empty);
            _writer.Write(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } child:
                    _writer.Write('\n');
                    WriteMapping(child, indent + Step, isInline: false);
                    break;
                case JsonArray { Count: > 0 } items:
                    _writer.Write('\n');
                    WriteSequence(items, isSimple ? indent : indent + Step, isInline: false);
                    break;
                default:
                    _writer.Write(' ');
                    WriteLeaf(value, indent + Step);
                    break;
            }
        }
    }

    private void WriteSequence(JsonArray items, int indent, bool isInline)
    {
        foreach (var item in items)
        {
            Indent(isInline ? 0 : indent);
            isInline = false;
            _writer.Write("- ");
            switch (item)
            {
                case JsonObject { Count: > 0 } child:
                    WriteMapping(child, indent + Step, isInline: true);
                    break;
                case JsonArray { Count: > 0 } child:
                    WriteSequence(child, indent + Step, isInline: true);
                    break;
                default:
                    WriteLeaf(item, indent + Step);
                    break;
            }
        }
    }

    /// <param name="value">A scalar or an empty collection.</param>
    /// <param name="indent">Column of a block's lines.</param>
    private void WriteLeaf(JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                WriteString(text.GetValue<string>(), indent);
                break;
            default:
                _writer.Write(value is null ? "null" : value.ToJsonString());
                _writer.Write('\n');
                break;
        }
    }

    private void WriteString(string text, int indent)
    {
        if (!YamlText.IsBlock(text))
        {
            _writer.Write(YamlText.IsPlain(text) ? text : YamlText.Quote(text));
            _writer.Write('\n');
            return;
        }

        _writer.Write(text.EndsWith('\n') ? text.EndsWith("\n\n", StringComparison.Ordinal) ? "|+\n" : "|\n" : "|-\n");
        var lines = text.EndsWith('\n') ? text.AsSpan(0, text.Length - 1) : text;
        foreach (var range in lines.Split('\n'))
        {
            var line = lines[range];
            Indent(line.Length > 0 ? indent : 0);
            _writer.Write(line);
            _writer.Write('\n');
        }
    }

    private void Indent(int columns)
    {
        for (; columns > 0; columns--)
        {
            _writer.Write(' ');
        }
    }
}
