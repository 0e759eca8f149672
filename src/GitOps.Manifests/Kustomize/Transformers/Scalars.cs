using GitOps.Manifests.Kustomize.Nodes;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>How transformers write values.</summary>
internal static class Scalars
{
    /// <summary>Another text where there is a plain value; it stays quoted if it was, and else means what it looks like.</summary>
    /// <exception cref="KustomizeException">There is a list or a map.</exception>
    public static void SetText(Node node, string text, ScalarTag tag)
    {
        if (node.Kind != NodeKind.Scalar)
        {
            throw new KustomizeException($"wrong node kind: expected a plain value, but there is a {(node.Kind == NodeKind.Map ? "map" : "list")}");
        }

        (node.Text, node.Tag) = (text, tag);
    }

    /// <summary>A member of a map of strings: what is there becomes like the value, else the value itself is put in.</summary>
    /// <exception cref="KustomizeException">There is no map.</exception>
    public static void SetEntry(Node map, string name, Node value)
    {
        if (map.Kind != NodeKind.Map)
        {
            throw new KustomizeException($"wrong node kind: expected a map in which to set '{name}'");
        }

        if (map.Get(name) is { } found)
        {
            found.Become(value.Clone());
        }
        else
        {
            map.Set(name, value);
        }
    }
}
