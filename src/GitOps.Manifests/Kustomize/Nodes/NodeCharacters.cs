using System.Buffers;
using System.Globalization;

namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>
/// Refuses letters that kustomize's result cannot hold: it is written as JSON, which leaves some control characters as they are, and
/// then read as YAML, which has no place for them.
/// </summary>
internal static class NodeCharacters
{
    private const char NextLine = '\u0085';

    private static readonly SearchValues<char> Refused = SearchValues.Create(
        [.. Enumerable.Range('\u007F', 0x21).Select(static code => (char)code).Where(static letter => letter != NextLine), '\uFFFE', '\uFFFF']);

    /// <param name="node">The object, or a part of it.</param>
    /// <param name="owner">How errors name the object.</param>
    /// <exception cref="KustomizeException">There is such a letter.</exception>
    public static void Check(Node node, object owner)
    {
        switch (node.Kind)
        {
            case NodeKind.Map:
                foreach (var field in node.Fields)
                {
                    Check(field.Name, owner);
                    Check(field.Value, owner);
                }

                break;
            case NodeKind.List:
                foreach (var item in node.Items)
                {
                    Check(item, owner);
                }

                break;
            default:
                Check(node.Text, owner);
                break;
        }
    }

    private static void Check(string text, object owner)
    {
        var index = text.AsSpan().IndexOfAny(Refused);
        if (index >= 0)
        {
            throw new KustomizeException(string.Create(
                CultureInfo.InvariantCulture, $"control character U+{(int)text[index]:X4} is not allowed in the result, in '{owner}': put it into binary data"));
        }
    }
}
