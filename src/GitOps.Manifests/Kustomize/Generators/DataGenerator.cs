using System.Text;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Generators;

/// <summary>Makes a ConfigMap or a Secret of literals, files and files of variables, whose content has been read.</summary>
internal sealed class DataGenerator(GeneratorArguments arguments, List<KeyValuePair<string, byte[]>> pairs) : IGenerator
{
    private const int Base64Line = 70;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public IReadOnlyList<Resource> Generate()
    {
        if (arguments.Name.Length == 0)
        {
            throw new KustomizeException($"a {(arguments.IsSecret ? "secret" : "configmap")} must have a name");
        }

        var node = Node.Map();
        node.Set("apiVersion", Node.String("v1"));
        node.Set("kind", Node.String(arguments.IsSecret ? "Secret" : "ConfigMap"));
        var metadata = Node.Map();
        node.Set("metadata", metadata);
        metadata.Set("name", Node.String(arguments.Name));
        if (arguments.Namespace.Length > 0)
        {
            metadata.Set("namespace", Node.String(arguments.Namespace));
        }

        if (arguments.IsSecret)
        {
            node.Set("type", Node.String(arguments.Type.Length > 0 ? arguments.Type : "Opaque"));
            node.Set("data", Node.Map());
        }

        AddData(node);
        AddOptions(node, metadata);
        return
        [
            new(node)
            {
                NeedsHash = arguments.Options is not { DisableNameSuffixHash: true },
                Behavior = arguments.Behavior,
            },
        ];
    }

    private void AddData(Node node)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (!known.Add(key))
            {
                throw new KustomizeException($"configmap {arguments.Name} illegally repeats the key `{key}`");
            }

            if (arguments.IsSecret)
            {
                node.Get("data")!.Set(key, Node.String(Base64(value)));
            }
            else if (TextOf(value) is { } text)
            {
                node.GetOrAdd("data", NodeKind.Map).Set(key, Node.String(text));
            }
            else
            {
                node.GetOrAdd("binaryData", NodeKind.Map).Set(key, Node.String(Base64(value)));
            }
        }
    }

    private void AddOptions(Node node, Node metadata)
    {
        AddAll(metadata, "labels", arguments.Options?.Labels);
        AddAll(metadata, "annotations", arguments.Options?.Annotations);
        if (arguments.Options is { Immutable: true })
        {
            node.Set("immutable", Node.Scalar("true", ScalarTag.Boolean));
        }
    }

    private static void AddAll(Node metadata, string field, SortedDictionary<string, string>? entries)
    {
        foreach (var (name, text) in entries ?? [])
        {
            metadata.GetOrAdd(field, NodeKind.Map).Set(name, Node.String(text));
        }
    }

    private static string? TextOf(byte[] bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>In lines, each with its end, once there is more than one.</summary>
    private static string Base64(byte[] bytes)
    {
        var text = Convert.ToBase64String(bytes);
        if (text.Length < Base64Line)
        {
            return text;
        }

        var lines = new StringBuilder(text.Length + (text.Length / Base64Line) + 1);
        for (var i = 0; i < text.Length; i += Base64Line)
        {
            lines.Append(text.AsSpan(i, Math.Min(Base64Line, text.Length - i))).Append('\n');
        }

        return lines.ToString();
    }
}
