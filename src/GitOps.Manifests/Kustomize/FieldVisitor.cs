using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize;

/// <summary>Leads a transformer to the fields that a spec names: lists on the way are gone through item by item.</summary>
internal static class FieldVisitor
{
    private const string ListMark = "[]";

    /// <param name="root">The object.</param>
    /// <param name="spec">Which fields of which kinds.</param>
    /// <param name="set">Called with each of them.</param>
    /// <param name="create">What is made of a missing field, if the spec wants one; null: nothing.</param>
    /// <exception cref="KustomizeException">The path does not fit the object.</exception>
    public static void Visit(Node root, FieldSpec spec, Action<Node> set, Node? create = null)
    {
        var gvk = Gvk.Of(root.TextOf("apiVersion") ?? string.Empty, root.TextOf("kind") ?? string.Empty);
        if (gvk.IsSelectedBy(spec.Gvk))
        {
            Walk(root, NodePath.Split(spec.Path, '/'), 0, spec.Create ? create : null, set, spec.Path);
        }
    }

    private static void Walk(Node node, List<string> path, int at, Node? create, Action<Node> set, string whole)
    {
        if (at == path.Count)
        {
            set(node);
            return;
        }

        if (node.IsNull)
        {
            return;
        }

        switch (node.Kind)
        {
            case NodeKind.List:
                foreach (var item in node.Items)
                {
                    Walk(item, path, at, create, set, whole);
                }

                break;
            case NodeKind.Map:
                Enter(node, path, at, create, set, whole);
                break;
            default:
                throw new KustomizeException($"considering field '{whole}': expected sequence or mapping node at '{path[at]}'");
        }
    }

    private static void Enter(Node map, List<string> path, int at, Node? create, Action<Node> set, string whole)
    {
        var isList = path[at].EndsWith(ListMark, StringComparison.Ordinal);
        var name = isList ? path[at][..^ListMark.Length] : path[at];
        if (name.Length == 0)
        {
            throw new KustomizeException($"considering field '{whole}': cannot set or create an empty field name");
        }

        var isLast = at == path.Count - 1;
        var field = map.Get(name);
        if (create is not null && !isList)
        {
            if (field is null)
            {
                field = isLast ? create.Clone() : Node.Map();
                map.Set(name, field);
            }
            else if (field.IsNull)
            {
                field.Become(isLast ? create.Clone() : Node.Map());
            }
        }
        else if (isList && field is { IsNull: true })
        {
            field.BecomeEmpty(NodeKind.List);
        }

        if (field is not null)
        {
            Walk(field, path, at + 1, create, set, whole);
        }
    }
}
