using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <param name="Selector">Which objects; null: all.</param>
/// <param name="FieldPath">With slashes.</param>
/// <param name="FilePathPosition">Before which part of the path in the field the value is put; 0: it replaces all of it.</param>
internal sealed record ValueTarget(Selector? Selector, string FieldPath, long FilePathPosition);

/// <summary>Writes a value into fields, or puts it into the paths that they hold.</summary>
internal sealed class ValueAddTransformer(string value, List<ValueTarget> targets) : ITransformer
{
    public bool EditsOnly => true;

    public void Transform(ResourceSet resources, BuildState state)
    {
        foreach (var target in targets)
        {
            foreach (var resource in (target.Selector is null ? resources.All : resources.Select(target.Selector)).ToList())
            {
                if (target.FieldPath == "metadata/namespace")
                {
                    resources.Edit(resource, () => new NamespaceTransformer(value, [], unsetOnly: false, SubjectMode.DefaultOnly).Apply(resource));
                }
                else
                {
                    resources.Edit(resource, () => Set(resource.Node, target));
                }
            }
        }
    }

    private static string Insert(string path, long position, string part)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).ToList();
        parts.Insert((int)Math.Min(position, parts.Count), part);
        return (path.StartsWith('/') ? "/" : string.Empty) + string.Join('/', parts);
    }

    private void Set(Node root, ValueTarget target)
    {
        var path = NodePath.Split(target.FieldPath, '/');
        var node = root;
        foreach (var name in path)
        {
            if (node.Kind != NodeKind.Map)
            {
                throw new KustomizeException($"there is no map in which '{name}' of {target.FieldPath} could be");
            }

            node = node.GetOrAdd(name, name == path[^1] ? NodeKind.Scalar : NodeKind.Map);
        }

        Scalars.SetText(node, target.FilePathPosition > 0 ? Insert(node.Text, target.FilePathPosition - 1, value) : value, ScalarTag.Plain);
    }
}
