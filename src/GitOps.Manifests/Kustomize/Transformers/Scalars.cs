using System.Buffers;
using System.Text;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>How transformers write values.</summary>
internal static class Scalars
{
    private static readonly SearchValues<char> Structure = SearchValues.Create(":{[-#?");

    /// <summary>Another text where there is a plain value; it stays quoted if it was, and else means what it looks like.</summary>
    /// <exception cref="KustomizeException">There is a list or a map.</exception>
    public static void SetText(Node node, string text, ScalarTag tag)
    {
        if (node.Kind != NodeKind.Scalar)
        {
            throw new KustomizeException($"wrong node kind: expected a plain value, but there is a {(node.Kind == NodeKind.Map ? "map" : "list")}");
        }

        BuildWork.Spend(text.Length);
        (node.Text, node.Tag) = (text, tag);
    }

    /// <summary>
    /// Whether kustomize quotes a text that it sets: YAML 1.1 would take it for something else. What is merged into its place
    /// later takes on the quotes.
    /// </summary>
    public static bool NeedsQuotes(string text)
    {
        if (text.Length == 0 || text.Contains('\n', StringComparison.Ordinal))
        {
            return false;
        }

        if (!YamlDialect.Kubectl.IsPlainString(text) || text.AsSpan().IndexOfAny(Structure) < 0)
        {
            return !YamlDialect.Kubectl.IsPlainString(text);
        }

        var file = YamlFile.Parse(Encoding.UTF8.GetBytes(text), YamlLimits.Default);
        return file.Errors.Count == 0 && file.Documents is not [{ Root: YamlScalar }];
    }

    /// <summary>A text as a member of a map: it means what it looks like, unless quotes stand there, or YAML 1.1 would misread a new one.</summary>
    public static void SetMember(Node map, string name, string text)
    {
        if (map.Get(name) is { } found)
        {
            found.Become(Node.Scalar(text, isQuoted: found.IsQuoted, isFolded: found.IsFolded));
        }
        else
        {
            map.Set(name, Node.Scalar(text, isQuoted: NeedsQuotes(text)));
        }
    }

    /// <summary>
    /// A member of a map of strings: what is there becomes like the value, else the value itself is put in. A new name means what it
    /// looks like.
    /// </summary>
    /// <exception cref="KustomizeException">There is no map.</exception>
    public static void SetEntry(Node map, string name, Node value)
    {
        if (map.Kind != NodeKind.Map)
        {
            throw new KustomizeException($"wrong node kind: expected a map in which to set '{name}'");
        }

        BuildWork.Hold(1, value.Text.Length);
        if (map.Get(name) is { } found)
        {
            found.Become(value.Clone());
        }
        else
        {
            map.Set(name, value, YamlDialect.Kustomize.IsPlainString(name));
        }
    }
}
