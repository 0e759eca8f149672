using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>The files so far.</summary>
internal sealed class GeneratedFiles(Draw draw)
{
    /// <summary>Letters from here on stand for single bytes that are no text.</summary>
    public const char FirstByte = '\uF700';

    private int _count;

    public SortedDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    public static byte[] BytesOf(string text)
    {
        var bytes = new List<byte>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is >= FirstByte and < FirstByte + 256)
            {
                bytes.Add((byte)(rune.Value - FirstByte));
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
            }
        }

        return [.. bytes];
    }

    public void Write(string path, JsonNode content) => Texts[path] = GeneratedText.Write(draw, content);

    public void Write(string path, string text) => Texts[path] = text;

    /// <summary>Puts objects into files: one each, several documents in one, or a list.</summary>
    /// <returns>The names of the files.</returns>
    public JsonArray WriteObjects(string directory, IReadOnlyList<JsonObject> objects)
    {
        var names = new JsonArray();
        for (var i = 0; i < objects.Count;)
        {
            var take = draw.Uses("several in a file") ? Math.Min(objects.Count - i, draw.Next(3) + 1) : 1;
            var some = objects.Skip(i).Take(take).ToList();
            var name = NewName(draw.Chance(4) ? "yml" : draw.Chance(6) ? "json" : "yaml");
            Write($"{directory}/{name}", take > 1 || draw.Chance(12) ? Together(some) : GeneratedText.Write(draw, some[0]));
            names.Add(name);
            i += take;
        }

        return names;
    }

    /// <summary>A field's value that is either the content itself or the name of a file with it.</summary>
    public string InPlaceOrFile(string directory, string content)
    {
        if (draw.Chance(2))
        {
            return content;
        }

        var name = NewName("yaml");
        Write($"{directory}/{name}", content);
        return name;
    }

    public string NewName(string extension) => string.Create(CultureInfo.InvariantCulture, $"file{_count++}.{extension}");

    private string Together(List<JsonObject> objects)
    {
        if (draw.Chance(3))
        {
            var kind = objects.TrueForAll(item => (string)item["kind"]! == (string)objects[0]["kind"]!) && draw.Chance(2) ? $"{objects[0]["kind"]}List" : "List";
            return GeneratedText.Write(draw, new JsonObject { ["apiVersion"] = "v1", ["kind"] = kind, ["items"] = new JsonArray([.. objects]) });
        }

        var text = new StringBuilder(draw.Pick("", "---\n", "# first\n---\n", "---\n---\n"));
        for (var i = 0; i < objects.Count; i++)
        {
            text.Append(i == 0 ? string.Empty : draw.Pick("---\n", "---\n", "--- \n", "---\n# between\n---\n", "\n---\n\n"));
            var document = GeneratedText.Write(draw, objects[i]);
            text.Append(document).Append(document.EndsWith('\n') ? string.Empty : "\n");
        }

        return text.Append(draw.Pick("", "", "---\n", "# end\n")).ToString();
    }
}
