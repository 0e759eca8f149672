using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Secrets;

/// <summary>
/// Finds secrets in plain text among what was rendered: what Secrets have inline, and tokens, keys and passwords in ConfigMaps and in
/// the environment and arguments of containers. A finding names the place, never the value nor a part of it. Pure.
/// </summary>
internal static partial class SecretFinder
{
    /// <summary>Of one object; more say nothing new.</summary>
    private const int MaxOfObject = 20;

    private const int MaxName = 80;
    private const string Inline = "a value of a Secret";

    /// <param name="found">As it was rendered.</param>
    /// <param name="location">Its file and line.</param>
    public static ImmutableArray<SecretFinding> Find(KubernetesObject found, string location)
    {
        var findings = ImmutableArray.CreateBuilder<SecretFinding>();
        var type = found.GroupVersionKind;
        switch (type)
        {
            case { Group: "", Kind: "Secret" }:
                OfSecret(found.Json, Add);
                break;
            case { Group: "", Kind: "ConfigMap" }:
                OfConfigMap(found.Json, Add);
                break;
            default:
                OfContainers(found.Json["spec"], 0, Add);
                break;
        }

        return findings.ToImmutable();

        void Add(string place, string what)
        {
            if (findings.Count < MaxOfObject)
            {
                findings.Add(new(found.ToString(), location, place, what));
            }
        }
    }

    private static void OfSecret(JsonObject secret, Action<string, string> add)
    {
        foreach (var (field, isEncoded) in ((string, bool)[])[("data", true), ("stringData", false)])
        {
            foreach (var (key, node) in secret[field] as JsonObject ?? [])
            {
                if (Text(node) is { Length: > 0 } value && !IsPublic(isEncoded ? Decoded(value) ?? value : value))
                {
                    add($"{field}.{Short(key)}", Inline);
                }
            }
        }
    }

    /// <summary>Certificates and public keys are no secrets wherever they are, and what is encrypted is none any more.</summary>
    private static bool IsPublic(string value)
    {
        var text = value.AsSpan().Trim();
        return text.IsEmpty || text.StartsWith("ENC[", StringComparison.Ordinal)
            || ((text.StartsWith("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal) || text.StartsWith("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal))
                && !text.Contains("PRIVATE KEY", StringComparison.Ordinal));
    }

    private static void OfConfigMap(JsonObject map, Action<string, string> add)
    {
        foreach (var (key, node) in map["data"] as JsonObject ?? [])
        {
            OfText($"data.{Short(key)}", key, Text(node), add);
        }

        foreach (var (key, node) in map["binaryData"] as JsonObject ?? [])
        {
            OfText($"binaryData.{Short(key)}", key, Text(node) is { } value ? Decoded(value) : null, add);
        }
    }

    /// <summary>Containers are where a list of that name says so, in whatever kind it stands.</summary>
    private static void OfContainers(JsonNode? node, int depth, Action<string, string> add)
    {
        const int MaxDepth = 12;
        if (depth > MaxDepth)
        {
            return;
        }

        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields)
                {
                    if (name is "containers" or "initContainers" or "ephemeralContainers" && value is JsonArray containers)
                    {
                        foreach (var container in containers.OfType<JsonObject>())
                        {
                            OfContainer(container, add);
                        }
                    }
                    else if (value is JsonObject or JsonArray)
                    {
                        OfContainers(value, depth + 1, add);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    OfContainers(item, depth + 1, add);
                }

                break;
            default:
                break;
        }
    }

    private static void OfContainer(JsonObject container, Action<string, string> add)
    {
        var place = $"container {Short(Text(container["name"]) ?? "without a name")}";
        foreach (var variable in (container["env"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var name = Text(variable["name"]) ?? string.Empty;
            OfText($"{place}, variable {Short(name)}", name, Text(variable["value"]), add);
        }

        foreach (var list in (string[])["command", "args"])
        {
            var items = container[list] as JsonArray ?? [];
            var option = string.Empty;
            for (var i = 0; i < items.Count; i++)
            {
                if (Text(items[i]) is not { } item)
                {
                    continue;
                }

                var equals = item.IndexOf('=', StringComparison.Ordinal);
                var isOption = item.StartsWith('-');
                var (name, value) = isOption && equals > 0 ? (item[..equals], item[(equals + 1)..]) : (option, item);
                if (SecretShapes.Find(item) is { } what)
                {
                    add($"{place}, {list}[{i}]", what);
                }
                else if (name.Length > 0 && (!isOption || equals > 0) && SecretGuess.IsSecret(name, value))
                {
                    add($"{place}, {list}[{i}]", $"a random value of {Short(name)}");
                }

                option = isOption && equals < 0 ? item : string.Empty;
            }
        }
    }

    private static void OfText(string place, string name, string? value, Action<string, string> add)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        if (SecretShapes.Find(value) is { } what)
        {
            add(place, what);
        }
        else if (SecretGuess.IsSecret(name, value))
        {
            add(place, "a random value under this name");
        }
        else if (value.AsSpan().ContainsAny('=', ':') && Assigned(value) is { } assigned)
        {
            add(place, $"a random value of {Short(assigned)}");
        }
    }

    /// <summary>In a file of settings: the first name that sounds like a secret and has a value that looks like one.</summary>
    private static string? Assigned(string text)
    {
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).Trim();
            if (line.Length is > 0 and <= 1024 && line[0] is not ('#' or ';') && !line.StartsWith("//", StringComparison.Ordinal)
                && Assignment().Match(line.ToString()) is { Success: true } match
                && SecretGuess.IsSecret(match.Groups["name"].Value, match.Groups["value"].Value))
            {
                return match.Groups["name"].Value;
            }
        }

        return null;
    }

    private static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static string? Decoded(string value)
    {
        var bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    /// <summary>A name that people chose, as far as it is one: what is longer could be anything.</summary>
    private static string Short(string name)
    {
        var text = name.Length <= MaxName ? name : name[..MaxName] + "…";
        return SecretShapes.Find(name) is null && !text.Any(char.IsControl) ? text : "(a name that is not shown)";
    }

    [GeneratedRegex("^(export |set |-\\s+)?[\"']?(?<name>[A-Za-z0-9_.-]{1,80})[\"']?\\s*(=>|:=|[:=])\\s*(?<value>\"[^\"]*\"|'[^']*'|[^\\s,;]+)\\s*[,;]?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 250)]
    private static partial Regex Assignment();
}
