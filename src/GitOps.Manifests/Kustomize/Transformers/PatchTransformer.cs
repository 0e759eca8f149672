using GitOps.Manifests.Kustomize.Merging;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>A strategic merge patch or a JSON patch; which of them it is, is told from the text.</summary>
internal sealed class PatchTransformer : ITransformer
{
    private readonly List<Node> _merges;
    private readonly JsonPatch? _json;
    private readonly Selector? _target;
    private readonly string _source;
    private readonly bool _allowNameChange;
    private readonly bool _allowKindChange;

    private PatchTransformer(List<Node> merges, JsonPatch? json, Selector? target, string source, bool allowNameChange, bool allowKindChange)
    {
        (_merges, _json, _target, _source) = (merges, json, target, source);
        (_allowNameChange, _allowKindChange) = (allowNameChange, allowKindChange);
    }

    /// <param name="text">The patch.</param>
    /// <param name="source">How errors name it.</param>
    /// <param name="target">What it is for; null: what it names itself.</param>
    /// <param name="allowNameChange">It may rename its target.</param>
    /// <param name="allowKindChange">It may make another kind of its target.</param>
    /// <exception cref="KustomizeException">It is neither kind of patch.</exception>
    public static PatchTransformer Create(string text, string source, Selector? target, bool allowNameChange, bool allowKindChange)
    {
        var merges = Try(() => ResourceReader.ReadNodes(text), out var mergeError);
        var json = Try(() => JsonPatchText.Read(text), out _);
        if (merges is { Count: > 0 } && json is { IsEmpty: false })
        {
            throw new KustomizeException($"illegally qualifies as both an SM and JSON patch: {source}");
        }

        if (merges is null && json is null)
        {
            throw new KustomizeException($"unable to parse SM or JSON patch from {source}: {mergeError}");
        }

        return new(merges ?? [], merges is null ? json : null, target, source, allowNameChange, allowKindChange);
    }

    public void Transform(ResourceSet resources, BuildState state)
    {
        if (_json is not null)
        {
            ApplyJson(resources, _json);
            return;
        }

        if (_target is null)
        {
            foreach (var patch in _merges)
            {
                var named = NewPatch(patch);
                MergePatch.Apply(resources.Find(named.CurrentId), named, state);
            }
        }
        else if (_merges.Count > 1)
        {
            throw new KustomizeException($"Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {_source}");
        }
        else if (_merges is [var patch])
        {
            MergePatch.ApplyToAll(resources, [.. resources.Select(_target)], NewPatch(patch), state);
        }
    }

    private static T? Try<T>(Func<T> read, out string? error)
        where T : class
    {
        try
        {
            error = null;
            return read();
        }
        catch (KustomizeException exception)
        {
            error = exception.Message;
            return null;
        }
    }

    private Resource NewPatch(Node patch)
    {
        var named = new Resource(patch.Clone()) { AllowsNameChange = _allowNameChange, AllowsKindChange = _allowKindChange };
        if (_allowNameChange || _allowKindChange)
        {
            // kustomize notes this in the patch's annotations, which makes texts of them: a null no longer deletes.
            named.SetTexts("annotations", named.TextsOf("annotations"));
        }

        return named;
    }

    private void ApplyJson(ResourceSet resources, JsonPatch json)
    {
        if (_target is null)
        {
            throw new KustomizeException($"must specify a target for JSON patch {_source}");
        }

        foreach (var resource in resources.Select(_target).ToList())
        {
            resource.StorePreviousId();
            JsonPatchText.Apply(json, resource);
            if (json.ReplacesAnnotations)
            {
                // kustomize keeps the origins there, and so forgets them.
                (resource.Origin, resource.Transformations) = (null, []);
            }
        }
    }
}
