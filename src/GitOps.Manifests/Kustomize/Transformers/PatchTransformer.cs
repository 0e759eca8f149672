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
            throw new KustomizeException($"{source} is both a strategic merge patch and a JSON patch: split it");
        }

        if (merges is null && json is null)
        {
            throw new KustomizeException($"{source} is neither a strategic merge patch, which is an object, nor a JSON patch, which is a list of operations: {mergeError}");
        }

        return new(merges ?? [], merges is null ? json : null, target, source, allowNameChange, allowKindChange);
    }

    public bool EditsOnly => true;

    public void Transform(ResourceSet resources, BuildState state)
    {
        try
        {
            Apply(resources, state);
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException($"{_source}: {exception.Message}", exception);
        }
    }

    private void Apply(ResourceSet resources, BuildState state)
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
                var target = resources.Find(named.CurrentId);
                resources.Edit(target, () => MergePatch.Apply(target, named, state));
            }
        }
        else if (_merges.Count > 1)
        {
            throw new KustomizeException("with a target there can be only one strategic merge patch: give each an entry of its own");
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
            throw new KustomizeException("a JSON patch does not say itself what it is for: give it a target");
        }

        foreach (var resource in resources.Select(_target).ToList())
        {
            resource.StorePreviousId();
            resources.Edit(resource, () => JsonPatchText.Apply(json, resource));
        }
    }
}
