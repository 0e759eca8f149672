using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Diff;

/// <summary>Who owns what of a live object, seen from us.</summary>
internal sealed class FieldOwners
{
    private readonly ImmutableArray<ManagedFieldsEntry> _others;
    private readonly ManagedFieldsEntry? _own;
    private readonly bool _wroteAgain;

    /// <param name="observed">The live object.</param>
    /// <param name="manager">Our field manager.</param>
    /// <param name="recordedTime">When our entry was written by us; null if any time is ours.</param>
    public FieldOwners(KubernetesObject observed, string manager, string? recordedTime)
    {
        var entries = ManagedFieldsEntry.Of(observed);
        _own = entries.FirstOrDefault(entry => entry.Manager == manager && entry.IsApply && entry.Subresource.Length == 0);
        _others = [.. entries.Where(entry => entry != _own)];
        _wroteAgain = _own is not null && recordedTime is not null && _own.Time != recordedTime;
        HasOwn = _own is not null && _own.ApiVersion == observed.ApiVersion;
        Own = HasOwn ? _own!.Fields : FieldSet.Empty;
        Structure = entries
            .Where(entry => entry.ApiVersion == observed.ApiVersion)
            .Aggregate(FieldSet.Empty, static (all, entry) => all.Union(entry.Fields));
    }

    /// <summary>Whether there is an entry of ours in the version of the object.</summary>
    public bool HasOwn { get; }

    /// <summary>Whether what we own is as we left it: nobody has applied under our name since.</summary>
    public bool IsOwnTrusted => HasOwn && !_wroteAgain;

    /// <summary>Our set, if it is in the version of the object.</summary>
    public FieldSet Own { get; }

    /// <summary>What all managers know of the object's lists and maps.</summary>
    public FieldSet Structure { get; }

    /// <summary>
    /// Who set the live value of a field. An update owns only what it changed, and whoever owned it before loses it; an apply
    /// also owns what was so already. So an updater goes before appliers, and of those the newest; else ourselves where our own
    /// name was used by another. The owner of a list or map around it is no evidence, and nobody is guessed.
    /// </summary>
    public ManagedFieldsEntry? Of(FieldPath path) =>
        _others.Where(entry => IsValueOf(entry, path)).OrderBy(static entry => entry.IsApply)
            .ThenByDescending(static entry => entry.Time, StringComparer.Ordinal).FirstOrDefault()
            ?? (_wroteAgain && (!HasOwn || Knows(Own, path)) ? _own : null);

    /// <summary>Whether another manager owns this path as one value.</summary>
    public bool IsValueOfAnother(FieldPath path) => _others.Any(entry => IsValueOf(entry, path));

    private static FieldSet At(FieldSet set, FieldPath path) =>
        path.Elements.Aggregate(set, static (below, element) => below.Below(element).Children);

    private static bool Knows(FieldSet set, FieldPath path) => set.Contains(path) || !At(set, path).IsEmpty;

    // A container that one manager owns without members has members of others: then it is no value.
    private bool IsValueOf(ManagedFieldsEntry entry, FieldPath path) => entry.Fields.Contains(path) && At(Structure, path).IsEmpty;
}
