using System.Text;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>Reads the objects of a text. Lists stand for their items, which come after the other documents.</summary>
internal static class ResourceReader
{
    /// <exception cref="KustomizeException">It is not YAML, or a document is no object.</exception>
    public static List<Node> ReadNodes(string text) => ReadNodes(Encoding.UTF8.GetBytes(text));

    /// <exception cref="KustomizeException">It is not YAML, or a document is no object.</exception>
    public static List<Node> ReadNodes(ReadOnlySpan<byte> content)
    {
        List<Node> documents;
        try
        {
            documents = NodeReader.ReadAll(content, YamlDialect.Kustomize);
        }
        catch (YamlErrorException exception)
        {
            throw new KustomizeException($"malformed YAML, line {exception.Line}: {exception.Message}", exception);
        }

        foreach (var document in documents)
        {
            var (values, characters, _) = document.Measure();
            BuildWork.Hold(values, characters);
        }

        var waiting = new Queue<Node>(documents.Where(IsObject));
        var result = new List<Node>();
        while (waiting.TryDequeue(out var node))
        {
            if (!Kind(node).EndsWith("List", StringComparison.Ordinal) || node.Get("items") is not { } items)
            {
                result.Add(node);
                continue;
            }

            if (items is { Kind: not NodeKind.List, IsNull: false })
            {
                throw new KustomizeException($"expected array in {Kind(node)}/items");
            }

            foreach (var item in items.Items.ConvertAll(NodeJson.Rewrite).Where(IsObject))
            {
                waiting.Enqueue(item);
            }
        }

        return result;
    }

    private static string Kind(Node node) => node.TextOf("kind") ?? string.Empty;

    /// <summary>Whether there is anything in a document; what is has to be an object.</summary>
    private static bool IsObject(Node node)
    {
        if (node.IsEmpty)
        {
            return false;
        }

        if (node.Kind != NodeKind.Map)
        {
            throw new KustomizeException($"a document is a {(node.Kind == NodeKind.List ? "list" : "plain value")}, not an object");
        }

        var kind = Kind(node);
        if (kind.Length == 0)
        {
            throw new KustomizeException("an object has no kind: give it one, or remove the file from the kustomization");
        }

        if (!kind.EndsWith("List", StringComparison.Ordinal) && string.IsNullOrEmpty(node.Get("metadata")?.TextOf("name")))
        {
            throw new KustomizeException($"a {kind} has no metadata.name: give it one");
        }

        return true;
    }
}
