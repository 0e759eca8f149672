using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize.Nodes;

namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>
/// Picks the targets of a patch: every part is a regular expression over the whole of the value, and matches what the object is
/// now or was at first; labels and annotations are picked by label selectors.
/// </summary>
internal sealed class Selector
{
    private readonly WholePattern? _group;
    private readonly WholePattern? _version;
    private readonly WholePattern? _kind;
    private readonly WholePattern? _name;
    private readonly WholePattern? _namespace;
    private readonly LabelSelector _labels;
    private readonly LabelSelector _annotations;
    private readonly int _labelSteps;

    /// <exception cref="KustomizeException">An expression or a selector is malformed.</exception>
    public Selector(Gvk gvk, string name, string @namespace, string labels, string annotations)
    {
        (_group, _version, _kind) = (Anchored(gvk.Group), Anchored(gvk.Version), Anchored(gvk.Kind));
        (_name, _namespace) = (Anchored(name), Anchored(@namespace));
        (_labels, _annotations) = (Parsed(labels), Parsed(annotations));
        _labelSteps = 1 + ((labels.Length + annotations.Length) / 4);
        HasLabelParts = labels.Length > 0 || annotations.Length > 0;
    }

    /// <summary>The name, where only one can match.</summary>
    public string? Name => _name?.Literal;

    /// <summary>Whether labels or annotations take part.</summary>
    public bool HasLabelParts { get; }

    public bool Matches(Resource resource)
    {
        if (!MatchesGvk(resource.Gvk))
        {
            return false;
        }

        var (current, original) = (resource.CurrentId, resource.OriginalId);
        return Fits(_namespace, original.EffectiveNamespace, current.EffectiveNamespace)
            && Fits(_name, original.Name, current.Name)
            && MatchesLabels(resource);
    }

    /// <summary>Without labels and annotations, and with the namespace as it is written.</summary>
    public bool MatchesExactly(ResourceId id) => Fits(_namespace, id.Namespace) && Fits(_name, id.Name) && MatchesGvk(id.Gvk);

    public bool MatchesLabels(Resource resource)
    {
        BuildWork.Spend(_labelSteps);
        return (_labels.IsEmpty || _labels.Matches(name => resource.TextOf("labels", name)))
            && (_annotations.IsEmpty || _annotations.Matches(name => resource.TextOf("annotations", name)));
    }

    private bool MatchesGvk(Gvk gvk) => Fits(_group, gvk.Group) && Fits(_version, gvk.Version) && Fits(_kind, gvk.Kind);

    private static bool Fits(WholePattern? pattern, params ReadOnlySpan<string> values)
    {
        if (pattern is null)
        {
            return true;
        }

        foreach (var value in values)
        {
            if (pattern.IsMatch(value))
            {
                return true;
            }
        }

        return false;
    }

    private static LabelSelector Parsed(string text)
    {
        try
        {
            return LabelSelector.Parse(text);
        }
        catch (SelectorException exception)
        {
            throw new KustomizeException($"the selector '{text}' cannot be read: {exception.Message}");
        }
    }

    private static WholePattern? Anchored(string pattern) => pattern.Length == 0 ? null : new(pattern);
}
