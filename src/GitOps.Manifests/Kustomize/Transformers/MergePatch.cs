using GitOps.Manifests.Kustomize.Merging;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Strategic merge patches on whole objects: name, namespace and kind stay what they were unless the patch may change them.</summary>
internal static class MergePatch
{
    /// <summary>Merges a patch, which is used up, into its target.</summary>
    public static void Apply(Resource target, Resource patch, BuildState state)
    {
        var (name, @namespace, kind) = (target.Name, target.Namespace, target.Kind);
        var id = target.CurrentId;
        if (patch.AllowsNameChange || patch.AllowsKindChange)
        {
            target.StorePreviousId();
        }

        Node? merged;
        try
        {
            merged = StrategicMerge.Apply(target.Node, patch.Node, state.Schema);
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException($"{id}: {exception.Message}", exception);
        }

        if (merged is null || merged.IsEmpty)
        {
            target.IsDeleted = true;
            return;
        }

        if (!ReferenceEquals(merged, target.Node))
        {
            target.Node.Become(merged);
        }

        if (!patch.AllowsKindChange)
        {
            Put(target.Node, "kind", kind);
        }

        if (!patch.AllowsNameChange)
        {
            Put(target.Node.GetOrAdd("metadata", NodeKind.Map), "name", name);
        }

        target.Namespace = @namespace;
    }

    /// <summary>Merges a patch into each of some objects. What it says of its own name and apiVersion does not count.</summary>
    public static void ApplyToAll(ResourceSet resources, IReadOnlyCollection<Resource> targets, Resource patch, BuildState state)
    {
        var ids = targets.Select(static target => target.CurrentId).ToHashSet();
        foreach (var target in resources.All.Where(resource => ids.Contains(resource.CurrentId)).ToList())
        {
            var copy = patch.Clone();
            copy.SetTexts("labels", copy.TextsOf("labels"));
            copy.SetTexts("annotations", copy.TextsOf("annotations"));
            copy.Node.Set("apiVersion", Node.Scalar(target.ApiVersion));
            Apply(target, copy, state);
        }

        resources.DropDeleted();
        CheckIdentities(resources);
    }

    private static void CheckIdentities(ResourceSet resources) => resources.Replace([.. resources.All]);

    /// <summary>Keeps how the text was written, so that a name made of digits stays what it was.</summary>
    private static void Put(Node map, string field, string text)
    {
        if (map.TextOf(field) != text)
        {
            map.Set(field, Node.Scalar(text, ScalarTag.String));
        }
    }
}
