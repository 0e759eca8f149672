using System.Text;
using System.Text.Json.Nodes;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>
/// All that is random in a generated repository: the same seed draws the same. Templates are YAML in which <c>?field</c> is there half
/// the time and <c>?N field</c> once in N times, an item with the field <c>?</c> half the time, and <c>&lt;word&gt;</c> stands for a
/// drawn value. What is left out is left out of the whole repository most of the time, so that few features meet in one.
/// </summary>
internal sealed class Draw(int seed)
{
    private const char Optional = '?';
    private const string Choice = "<pick ";

    private static readonly string[] Values =
    [
        "plain", "1", "true", "yes", "null", "", "1.50", "a: b", "two\nlines\n", "$(WEB_NAME)", "x-$(WEB_NAME)-$(UNKNOWN)", "$$(WEB_NAME)", "0x1F", "host:80", "été", "#no", "off", "~", "1e3", "012",
        "2024-01-01", " padded ", "tab\there", "a 'quoted' \"word\"", "one two three four", "line\n\nline", "trailing\n\n", "<&>", "日本", "😀", "=", "<<", "1_000", ".5", "+1", "0o17", "- x", "[a]", "{a: 1}", "%x", "@y",
        "n", "No", "TRUE", "0.0", "-0", "\\n", "back\\slash", "a#b", "a #b", "http://x/?q=1&b=2", "\u2028", "null ", "!!int 3", "&a", "*a", "|", ">", "key:", "1:30", ".inf", ".nan", "0b1", "1.", "1e400",
    ];

    private static readonly string[] Numbers =
        ["0", "1", "3", "-2", "1.5", "1e3", "1E3", "1.0", "0x1F", "0o17", "017", "1_000", "+5", ".5", "5.", "-0", "0.10", "12345678901234567890", "9007199254740993", "1e-7", "0b11", "1e21", "100000000000000000000000", "true", "null", "~", "yes", "off", "False"];

    private static readonly string[] Images =
    [
        "nginx", "nginx:1.25", "registry.example.org:5000/team/app:v1", "busybox@sha256:0f354ec1728d9ff32edcd7d1b8bbdfc798277ad36120dc3dc683be44524c8b60", "redis:7.2-alpine", "app:v1@sha256:abc", "docker.io/library/nginx:1",
        "nginx:$(WEB_NAME)", "app:", "localhost:80/app", "nginx/app",
    ];

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, bool> _uses = new(StringComparer.Ordinal);

    public bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    public int Next(int below) => _random.Next(below);

    public T Pick<T>(params IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    /// <summary>One that fits; any, if none is found soon, and now and then, so that errors come up too.</summary>
    public T PickFitting<T>(Func<T> pick, Func<T, bool> fits)
    {
        var picked = pick();
        var tries = Chance(40) ? 0 : 30;
        while (tries-- > 0 && !fits(picked))
        {
            picked = pick();
        }

        return picked;
    }

    public KnownObject Pick(IReadOnlyList<KnownObject> known) => PickFitting(() => known[_random.Next(known.Count)], static one => !one.IsGone);

    /// <summary>Whether this repository has something at all.</summary>
    public bool Uses(string feature, int oneIn = 2)
    {
        if (!_uses.TryGetValue(feature, out var isUsed))
        {
            _uses[feature] = isUsed = Chance(oneIn);
        }

        return isUsed;
    }

    public string Value() => Pick(Values);

    public string Image() => Pick(Images);

    /// <param name="text">YAML.</param>
    /// <param name="self">Takes the place of <c>Self</c>.</param>
    /// <param name="peer">Takes the place of <c>Peer</c>.</param>
    public JsonObject Template(string text, string self, string peer) => (JsonObject)Expand(Parse(text), self, peer)!;

    private static JsonNode? Parse(string text)
    {
        var file = YamlFile.Parse(Encoding.UTF8.GetBytes(text), YamlLimits.Default);
        return file.Errors is [var error, ..]
            ? throw new InvalidOperationException($"line {error.Line} of a template: {error.Message}\n{text}")
            : YamlToJson.Convert(file.Documents[0].Root, YamlDialect.Kustomize, YamlLimits.Default, []);
    }

    private JsonNode? Expand(JsonNode? node, string self, string peer)
    {
        switch (node)
        {
            case JsonObject fields:
                var result = new JsonObject();
                foreach (var (key, value) in fields)
                {
                    if (NameOf(key) is { } name)
                    {
                        result[Named(name, self, peer)] = Expand(value, self, peer);
                    }
                }

                return result;
            case JsonArray items:
                return new JsonArray([.. items.Where(item => item is not JsonObject fields || !fields.ContainsKey("?") || Chance(2)).Select(item => Expand(item, self, peer))]);
            case JsonValue value when value.TryGetValue(out string? text):
                return Leaf(text, self, peer);
            default:
                return node?.DeepClone();
        }
    }

    private JsonNode? Leaf(string text, string self, string peer) => text switch
    {
        "<value>" => JsonValue.Create(Value()),
        "<number>" => GeneratedText.Raw(Chance(3) ? Pick(Numbers) : Pick(Numbers[..4])),
        "<image>" => JsonValue.Create(Image()),
        _ when text.StartsWith(Choice, StringComparison.Ordinal) => Expand(Parse(Pick(text[Choice.Length..^1].Split(" | "))), self, peer),
        _ => JsonValue.Create(Named(text, self, peer)),
    };

    private static string Named(string text, string self, string peer) =>
        text.Replace("Self", self, StringComparison.Ordinal).Replace("Peer", peer, StringComparison.Ordinal);

    /// <returns>Null: the field is left out.</returns>
    private string? NameOf(string key)
    {
        if (key is "?")
        {
            return null;
        }

        if (key[0] != Optional)
        {
            return key;
        }

        var space = key.IndexOf(' ', StringComparison.Ordinal);
        var (name, oneIn) = space < 0 ? (key[1..], 2) : (key[(space + 1)..], int.Parse(key.AsSpan(1, space - 1), System.Globalization.CultureInfo.InvariantCulture));
        return Uses(name, Math.Min(oneIn, 3)) && Chance(Math.Max(1, oneIn / 2)) ? name : null;
    }
}
