using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize;

/// <summary>Leads a transformer to the fields that a spec names: lists on the way are gone through item by item.</summary>
internal static class FieldVisitor
{
    private const string Wildcard = "*";

    /// <param name="resource">The object.</param>
    /// <param name="spec">Which fields of which kinds.</param>
    /// <param name="set">Called with each of them.</param>
    /// <param name="create">What is made of a missing field, if the spec wants one; null: nothing.</param>
    /// <exception cref="KustomizeException">The path does not fit the object.</exception>
    public static void Visit(Resource resource, FieldSpec spec, Action<Node> set, Node? create = null)
    {
        BuildWork.Spend(5);
        if (resource.Gvk.IsSelectedBy(spec.Gvk))
        {
            Walk(resource.Node, spec, 0, spec.Create ? create : null, set);
        }
    }

    /// <summary>The same for an object of any kind, in which nothing is made.</summary>
    /// <exception cref="KustomizeException">The path does not fit the object.</exception>
    public static void VisitPresent(Resource resource, FieldSpec spec, Action<Node> set)
    {
        BuildWork.Spend(5);
        Walk(resource.Node, spec, 0, create: null, set);
    }

    private static void Walk(Node node, FieldSpec spec, int at, Node? create, Action<Node> set)
    {
        if (at == spec.Steps.Count)
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
                BuildWork.Spend(node.Items.Count * 5L);
                foreach (var item in node.Items)
                {
                    Walk(item, spec, at, create, set);
                }

                break;
            case NodeKind.Map:
                Enter(node, spec, at, create, set);
                break;
            default:
                throw new KustomizeException($"considering field '{spec.Path}': expected sequence or mapping node at '{spec.Steps[at]}'");
        }
    }

    private static void Enter(Node map, FieldSpec spec, int at, Node? create, Action<Node> set)
    {
        var (name, isList) = spec.Steps[at];
        if (name.Length == 0)
        {
            throw new KustomizeException($"considering field '{spec.Path}': cannot set or create an empty field name");
        }

        if (name == Wildcard)
        {
            throw new KustomizeException($"considering field '{spec.Path}': a wildcard is not supported here");
        }

        var isLast = at == spec.Steps.Count - 1;
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
            Walk(field, spec, at + 1, create, set);
        }
    }
}
