using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>In which subjects of role bindings the namespace is set.</summary>
internal enum SubjectMode
{
    /// <summary>Those named <c>default</c>.</summary>
    DefaultOnly,

    AllServiceAccounts,
    None,
}

/// <summary>Puts all objects that can lie in a namespace into one.</summary>
internal sealed class NamespaceTransformer(string @namespace, List<FieldSpec> fields, bool unsetOnly, SubjectMode subjects) : ITransformer
{
    private const string NamespacePath = "metadata/namespace";
    private const string NamePath = "metadata/name";

    private static readonly FieldSpec OwnNamespace = new(new(string.Empty, string.Empty, string.Empty), NamespacePath, create: true);

    public void Transform(ResourceSet resources, BuildState state)
    {
        if (@namespace.Length == 0)
        {
            return;
        }

        var taken = resources.All.CountBy(static resource => resource.CurrentId.Key).ToDictionary();
        foreach (var resource in resources.All)
        {
            if (resource.IsFromChart)
            {
                continue;
            }

            resource.StorePreviousId();
            taken[resource.CurrentId.Key]--;
            Apply(resource);
            var id = resource.CurrentId;
            if (taken.GetValueOrDefault(id.Key) > 0)
            {
                throw new KustomizeException($"namespace transformation produces ID conflict: {id}");
            }

            taken[id.Key] = 1;
        }
    }

    /// <summary>Sets the namespace of one object.</summary>
    public void Apply(Resource resource)
    {
        var node = resource.Node;
        var apiVersion = resource.ApiVersion;
        if (!resource.CurrentId.IsClusterScoped)
        {
            FieldVisitor.Visit(resource, OwnNamespace, Set, Node.Scalar(string.Empty, ScalarTag.String));
        }

        var isBinding = resource.Kind is "RoleBinding" or "ClusterRoleBinding";
        if (isBinding)
        {
            SetSubjects(node);
        }

        foreach (var field in fields)
        {
            // The namespace itself is set above; names are only those of namespaces of the core group.
            if (field.Path == NamespacePath || (field.Path == NamePath && apiVersion != "v1")
                || (isBinding && field.Path == "subjects/namespace" && field.Gvk.Kind is "RoleBinding" or "ClusterRoleBinding"))
            {
                continue;
            }

            FieldVisitor.Visit(resource, field, Set, Node.Scalar(string.Empty, ScalarTag.String));
        }
    }

    private void SetSubjects(Node binding)
    {
        if (subjects == SubjectMode.None || binding.Get("subjects") is not { Kind: NodeKind.List } list)
        {
            return;
        }

        foreach (var subject in list.Items)
        {
            if (subjects == SubjectMode.DefaultOnly ? subject.TextOf("name") == "default" : subject.TextOf("kind") == "ServiceAccount")
            {
                if (subject.Get("namespace") is null)
                {
                    subject.Set("namespace", Node.Scalar(string.Empty, ScalarTag.String));
                }

                Set(subject.Get("namespace")!);
            }
        }
    }

    private void Set(Node node)
    {
        if (!unsetOnly || node is not { Kind: NodeKind.Scalar, IsNull: false, Text.Length: > 0 })
        {
            Scalars.SetText(node, @namespace, ScalarTag.String);
        }
    }
}
