using System.Text;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>Changes of files that respect bytes, tokens, lines or the structure of YAML, and none of their meaning.</summary>
internal static class Mutations
{
    /// <summary>Odd values, as they are written.</summary>
    public static readonly string[] Values =
    [
        "null", "~", "\"\"", "''", "true", "yes", "1", "-1", "1.5", "1e999", ".nan", "0x1F", "99999999999999999999", "2026-01-01", "text", "\"\\0\"", "\"\\ud800\"",
        "[]", "{}", "[[]]", "[{}]", "[null]", "[1]", "[text]", "[map.yaml]", "[\"\"]", "{a: b}", "{null: a}", "{1: 2}", "{? [a] : b}", "{a: [b]}", "[[[[a]]]]", "!!binary aGk=", "!!set {a}",
        "!!str 1", "!!int a", "!x y", "&a [b]", "*a", "{<<: {a: b}}", "{<<: [1]}", "{<<: text}", "|\n  block\n", ">-\n  folded\n", "[{name: a}]", "[{path: a, name: b, target: {name: '('}}]",
        "{name: a, kind: b}", "[{source: {}, targets: [{}]}]", "[{path: map.yaml}]", "[{name: a, files: [map.yaml], envs: [map.yaml], literals: [a]}]", "[{name: a, literals: [a=b]}]",
    ];

    /// <summary>Fields of a kustomization, with a mark where a value goes.</summary>
    public static readonly string[] Fields =
    [
        .. new[]
        {
            "apiVersion", "kind", "metadata", "resources", "bases", "components", "crds", "configurations", "openapi", "namespace", "namePrefix", "nameSuffix", "commonLabels", "labels",
            "commonAnnotations", "images", "imageTags", "replicas", "patches", "patchesStrategicMerge", "patchesJson6902", "configMapGenerator", "secretGenerator", "generatorOptions",
            "replacements", "vars", "generators", "transformers", "validators", "sortOptions", "buildMetadata", "helmCharts", "helmGlobals",
        }.Select(static name => name + ": $"),
        "metadata: {name: $, annotations: $, labels: $}", "labels: [{pairs: $}]", "labels: [{pairs: {a: b}, fields: $}]", "labels: [{pairs: {a: b}, includeSelectors: $}]",
        "images: [{name: b, newTag: $}]", "images: [{name: $, newName: c}]", "images: [{name: b, digest: $}]", "replicas: [{name: map, count: $}]", "replicas: [{name: $, count: 1}]",
        "patches: [{patch: $}]", "patches: [{path: $}]", "patches: [{target: $, patch: '[]'}]", "patches: [{patch: '{kind: Deployment, metadata: {name: map}}', options: $}]",
        "patches: [{target: {kind: Deployment}, patch: '[{\"op\": $, \"path\": \"/a\", \"value\": 1}]'}]", "patches: [{target: {kind: Deployment}, patch: '[{\"op\": \"add\", \"path\": $, \"value\": 1}]'}]",
        "patches: [{target: {kind: Deployment}, patch: '[{\"op\": \"copy\", \"from\": $, \"path\": \"/a\"}]'}]", "patches: [{target: {kind: Deployment}, patch: '[{\"op\": \"replace\", \"path\": \"\", \"value\": $}]'}]",
        "patches: [{target: {kind: Deployment}, patch: '[{\"op\": \"replace\", \"path\": \"/metadata\", \"value\": $}]'}]", "patches: [{target: {kind: Deployment}, patch: '[{\"op\": \"replace\", \"path\": \"/kind\", \"value\": $}]'}]",
        "patches: [{target: {kind: Deployment}, patch: '[{\"op\": \"replace\", \"path\": \"/spec\", \"value\": $}]'}]\nnamePrefix: a-\nimages: [{name: b, newTag: c}]\nreplicas: [{name: map, count: 2}]\ncommonLabels: {a: b}",
        "patches: [{target: {kind: Deployment}, patch: '{spec: $}'}]", "patches: [{target: {kind: Deployment}, patch: '{metadata: $}'}]", "patches: [{target: {kind: Deployment}, patch: '{spec: {template: {spec: {containers: $}}}}'}]",
        "patches: [{target: {labelSelector: $}, patch: '{a: b}'}]", "patches: [{target: {name: $}, patch: '{a: b}'}]", "configMapGenerator: [{name: a, literals: $}]", "configMapGenerator: [{name: a, files: $}]",
        "configMapGenerator: [{name: a, behavior: $}]", "configMapGenerator: [{name: a, options: $}]", "secretGenerator: [{name: a, type: $}]", "secretGenerator: [{name: $, envs: $}]",
        "replacements: [{source: $, targets: [{select: {kind: Deployment}}]}]", "replacements: [{source: {kind: Deployment, fieldPath: $}, targets: [{select: {kind: Deployment}}]}]",
        "replacements: [{source: {kind: Deployment}, targets: [{select: $}]}]", "replacements: [{source: {kind: Deployment}, targets: [{select: {kind: Deployment}, fieldPaths: $}]}]",
        "replacements: [{source: {kind: Deployment}, targets: [{select: {kind: Deployment}, fieldPaths: [spec.a], options: $}]}]", "replacements: [{source: {kind: Deployment, options: $}, targets: [{select: {kind: Deployment}}]}]",
        "replacements: [{sourceValue: $, targets: [{select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=a].image'], reject: $}]}]",
        "vars: [{name: A, objref: $}]", "vars: [{name: A, objref: {kind: Deployment, name: map, apiVersion: apps/v1}, fieldref: $}]", "sortOptions: {order: legacy, legacySortOptions: $}", "sortOptions: {order: $}",
        "openapi: {path: $}", "openapi: {version: $}", "generatorOptions: {labels: $, annotations: $}",
    ];

    private static readonly string[] Tokens =
    [
        .. Values, "- ", ": ", "? ", ", ", "\"", "'", "&a ", "*a", "<<: *a", "<<: ", "!!", "---\n", "...\n", "%YAML 1.1\n", "\t", "\r", "\0", "\u0085", "\u2028", "\ufeff", "é", "𝄞", "$patch: delete\n", "$patch: replace\n",
        "$(VAR)", "$$", "..", "../", "/", "//", "\\", "kind: List\n", "items: []\n", "apiVersion: v1\n", "metadata: null\n", "name: a/b\n", "#", "|", ">", "[*]", "[name=x]", "~1", "~0",
    ];

    /// <summary>One to three changes of one repository, for which another one lends pieces.</summary>
    public static Dictionary<string, byte[]> Of(int seed, IReadOnlyDictionary<string, string> repository, IReadOnlyDictionary<string, string> other)
    {
        var random = new Random(seed);
        var files = repository.ToDictionary(static file => file.Key, static file => Encoding.UTF8.GetBytes(file.Value), StringComparer.Ordinal);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var path = files.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(files.Count));
            var lent = Encoding.UTF8.GetBytes(other.OrderBy(static file => file.Key, StringComparer.Ordinal).ElementAt(random.Next(other.Count)).Value);
            files[path] = random.Next(3) switch
            {
                0 => Bytes(files[path], random),
                1 => Encoding.UTF8.GetBytes(Text(Encoding.UTF8.GetString(files[path]), random)),
                _ => Cross(files[path], random.Next(2) == 0 ? lent : files.Values.ElementAt(random.Next(files.Count)), random),
            };
        }

        return files;
    }

    private static byte[] Bytes(byte[] content, Random random)
    {
        var bytes = content.ToList();
        for (var i = random.Next(1, 4); i > 0 && bytes.Count > 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
            }
        }

        return [.. bytes];
    }

    private static string Text(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        switch (random.Next(7))
        {
            case 0:
                return text.Insert(at, Pick(Tokens, random));
            case 1 or 2:
                // The value after some colon becomes something else.
                var colon = text.IndexOf(':', at);
                var end = colon < 0 ? -1 : text.IndexOfAny([',', '\n', '}', ']'], colon);
                return end < 0 ? text + Pick(Tokens, random) : string.Concat(text.AsSpan(0, colon + 1), " ", Pick(Values, random), text.AsSpan(end));
            case 3:
                return Lines(text, random, static (lines, random) => lines.Insert(random.Next(lines.Count + 1), lines[random.Next(lines.Count)]));
            case 4:
                return Lines(text, random, static (lines, random) => lines.RemoveAt(random.Next(lines.Count)));
            case 5:
                return Lines(text, random, static (lines, random) =>
                {
                    var line = random.Next(lines.Count);
                    lines[line] = random.Next(2) == 0 ? "  " + lines[line] : lines[line].TrimStart();
                });
            default:
                return Lines(text, random, static (lines, random) => lines.Add(Pick(Fields, random).Replace("$", Pick(Values, random), StringComparison.Ordinal)));
        }
    }

    private static string Lines(string text, Random random, Action<List<string>, Random> change)
    {
        var lines = text.Split('\n').ToList();
        change(lines, random);
        return string.Join('\n', lines);
    }

    private static byte[] Cross(byte[] first, byte[] second, Random random) =>
        [.. first.AsSpan(0, random.Next(first.Length + 1)), .. second.AsSpan(random.Next(second.Length + 1))];

    private static string Pick(string[] of, Random random) => of[random.Next(of.Length)];
}
