using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>
/// Picks the targets of a patch: every part is a regular expression over the whole of the value, and matches what the object is
/// now or was at first; labels and annotations are picked by label selectors.
/// </summary>
internal sealed class Selector
{
    private static readonly TimeSpan RegexTimeout = TimeSpan.FromSeconds(1);

    private readonly Regex? _group;
    private readonly Regex? _version;
    private readonly Regex? _kind;
    private readonly Regex? _name;
    private readonly Regex? _namespace;
    private readonly LabelSelector _labels;
    private readonly LabelSelector _annotations;

    /// <exception cref="KustomizeException">An expression or a selector is malformed.</exception>
    public Selector(Gvk gvk, string name, string @namespace, string labels, string annotations)
    {
        (_group, _version, _kind) = (Anchored(gvk.Group), Anchored(gvk.Version), Anchored(gvk.Kind));
        (_name, _namespace) = (Anchored(name), Anchored(@namespace));
        (_labels, _annotations) = (Parsed(labels), Parsed(annotations));
        HasLabelParts = labels.Length > 0 || annotations.Length > 0;
    }

    /// <summary>Whether labels or annotations take part.</summary>
    public bool HasLabelParts { get; }

    public bool Matches(Resource resource)
    {
        var (current, original) = (resource.CurrentId, resource.OriginalId);
        return Fits(_namespace, original.EffectiveNamespace, current.EffectiveNamespace)
            && Fits(_name, original.Name, current.Name)
            && MatchesGvk(resource.Gvk)
            && MatchesLabels(resource);
    }

    /// <summary>Without labels and annotations, and with the namespace as it is written.</summary>
    public bool MatchesExactly(ResourceId id) => Fits(_namespace, id.Namespace) && Fits(_name, id.Name) && MatchesGvk(id.Gvk);

    public bool MatchesLabels(Resource resource) =>
        (_labels.IsEmpty || _labels.Matches(resource.TextsOf("labels").GetValueOrDefault))
        && (_annotations.IsEmpty || _annotations.Matches(resource.TextsOf("annotations").GetValueOrDefault));

    private bool MatchesGvk(Gvk gvk) => Fits(_group, gvk.Group) && Fits(_version, gvk.Version) && Fits(_kind, gvk.Kind);

    private static bool Fits(Regex? regex, params ReadOnlySpan<string> values)
    {
        if (regex is null)
        {
            return true;
        }

        foreach (var value in values)
        {
            if (regex.IsMatch(value))
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

    private static Regex? Anchored(string pattern)
    {
        if (pattern.Length == 0)
        {
            return null;
        }

        try
        {
            return new($"^(?:{pattern})\\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, RegexTimeout);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new KustomizeException($"the selector '{pattern}' is no regular expression: {exception.Message}");
        }
    }
}
