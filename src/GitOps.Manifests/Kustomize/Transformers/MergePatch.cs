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
        var dropsAnnotations = DropsAnnotations(patch.Metadata);
        Count(target.Node);
        Count(patch.Node);
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

        if (dropsAnnotations)
        {
            target.Forget();
        }

        // With $patch: replace on the whole object kustomize makes a new one, and then goes on with the old.
        if (!patch.AllowsKindChange)
        {
            Scalars.SetMember(target.Node, "kind", kind);
        }

        if (!patch.AllowsNameChange)
        {
            target.Name = name;
        }

        target.Namespace = @namespace;
    }

    /// <summary>Merges a patch into each of some objects. What it says of its own name and apiVersion does not count.</summary>
    public static void ApplyToAll(ResourceSet resources, IReadOnlyCollection<Resource> targets, Resource patch, BuildState state)
    {
        foreach (var target in targets)
        {
            var copy = patch.Clone();
            copy.SetTexts("labels", copy.TextsOf("labels"));
            copy.SetTexts("annotations", copy.TextsOf("annotations"));
            copy.Node.Set("apiVersion", Node.Scalar(target.ApiVersion));
            resources.Edit(target, () => Apply(target, copy, state));
        }

        resources.DropDeleted();
        resources.CheckIdentities();
    }

    private static bool DropsAnnotations(Node? metadata) => IsDropped(metadata) || IsDropped(metadata?.Get("annotations"));

    private static bool IsDropped(Node? field) => field is { IsNull: true } || field?.TextOf(StrategicMerge.Directive) is "delete" or "replace";

    private static void Count(Node node)
    {
        var (values, characters, _) = node.Measure();
        BuildWork.Spend((values * 20) + characters);
    }
}
