using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>
/// Judges an observed object by the fingerprint of our last apply. The fast path hashes our managedFields entry and the
/// metadata we own; the slow path reads our values too, and still only this event. Pure; safe for any number of threads.
/// </summary>
internal sealed class DriftJudge
{
    private readonly string _manager;
    private readonly KeyedHash _hash;
    private readonly DriftExplainer _explainer;
    private readonly ChangedValues _changed;

    /// <param name="manager">Our field manager.</param>
    /// <param name="hash">The hash that made the fingerprints.</param>
    /// <param name="mask">What must not be shown; null: what never must.</param>
    public DriftJudge(string manager, KeyedHash hash, SecretMask? mask = null)
    {
        _manager = manager;
        _hash = hash;
        _explainer = new(manager, mask);
        _changed = new(hash);
    }

    /// <param name="observed">The object, read in the version it was applied in.</param>
    /// <param name="recorded">From the answer to our last apply, or as a verdict refreshed it.</param>
    /// <param name="desired">
    /// What was applied last, as it was sent; null if it is not at hand: the verdict may then be <see cref="Verdict.NeedsDesired"/>.
    /// </param>
    public Verdict Judge(KubernetesObject observed, Fingerprint recorded, KubernetesObject? desired)
    {
        if (observed.Uid != recorded.Uid)
        {
            return new Verdict.Recreated(observed.Uid ?? string.Empty);
        }

        if (observed.IsTerminating)
        {
            return new Verdict.Terminating([.. observed.Finalizers]);
        }

        var entry = OwnEntry.Find(observed, _manager);
        var isSameSet = entry is not null && FingerprintFactory.EntryHash(entry, _hash) == recorded.EntryHash;
        var isSameMetadata = FingerprintFactory.MetadataHash(entry, observed, _hash) == recorded.MetadataHash;
        var isSameTime = entry?.Time == recorded.EntryTime;
        var isSameGeneration = observed.Generation == recorded.Generation;
        // Of a custom resource a field can vanish with its definition, and neither generation nor owner tells.
        if (isSameSet && isSameMetadata && isSameTime && isSameGeneration && recorded.Generation is not null
            && FieldContext.IsBuiltInVersion(entry!.ApiVersion))
        {
            return Verdict.NoDrift.Instance;
        }

        var isSameValues = FingerprintFactory.ValuesHash(entry, observed, recorded.EmptyLeaves, _hash) == recorded.ValuesHash;
        if (isSameSet && isSameMetadata && isSameValues)
        {
            return isSameTime && isSameGeneration
                ? Verdict.NoDrift.Instance
                : new Verdict.NoDriftRefreshed(recorded with { Generation = observed.Generation, EntryTime = entry!.Time });
        }

        if (desired is null)
        {
            return new Verdict.NeedsDesired(IsDrift: isSameSet);
        }

        return isSameSet
            ? ValuesChanged(observed, recorded, desired, entry!, Parts(isSameMetadata, isSameValues))
            : SetChanged(observed, recorded, desired, entry, isSameMetadata, isSameValues);
    }

    /// <summary>The fingerprint of an object as it is now, whoever made it so: what it may be from now on without being looked into.</summary>
    public Fingerprint AsSeen(KubernetesObject observed, KubernetesObject desired, Fingerprint recorded) =>
        FingerprintFactory.From(observed, _manager, desired, _hash) with { Holds = recorded.Holds };

    // Every field is still ours, and some value is not: the order of a list, a policy that rewrote metadata, or our own name.
    private Verdict ValuesChanged(
        KubernetesObject observed, Fingerprint recorded, KubernetesObject desired, OwnEntry entry, DriftExplainer.Parts parts)
    {
        var different = _explainer.Explain(observed, desired, recorded.EntryTime, parts, trustOwned: false);
        return Named(_changed.Find(observed, desired, entry, recorded, [], different) is { IsEmpty: false } changed ? changed : different);
    }

    private Verdict SetChanged(
        KubernetesObject observed, Fingerprint recorded, KubernetesObject desired, OwnEntry? entry, bool isSameMetadata, bool isSameValues)
    {
        var owners = new FieldOwners(observed, _manager, recorded.EntryTime);
        var applied = AppliedSet(owners, observed, recorded, desired);
        if (applied is not null)
        {
            // The set we had is known for certain, so the hashes say whether any of its values is another.
            isSameMetadata = FingerprintFactory.MetadataHash(applied, observed, _hash) == recorded.MetadataHash;
            isSameValues = FingerprintFactory.ValuesHash(applied, observed, recorded.EmptyLeaves, _hash) == recorded.ValuesHash
                && !HasLostEmptyLeaf(owners, recorded);
        }
        else if (entry is null)
        {
            (isSameMetadata, isSameValues) = (false, false);
        }

        var parts = Parts(isSameMetadata, isSameValues);
        var fields = _explainer.Explain(observed, desired, recorded.EntryTime, parts);
        if (applied is not null && parts != DriftExplainer.Parts.None)
        {
            fields = WithOwned(observed, recorded, desired, applied, parts, fields);
        }

        return fields.IsEmpty && recorded.EntryHash.Length == 0
            ? Verdict.NoDrift.Instance // The server keeps no managedFields for this kind; to own is impossible.
            : Named(fields);
    }

    // Besides what was taken from us, a value that is still ours may have been rewritten: by a webhook in somebody's request.
    private ImmutableArray<FieldDiff> WithOwned(
        KubernetesObject observed, Fingerprint recorded, KubernetesObject desired, OwnEntry applied, DriftExplainer.Parts parts,
        ImmutableArray<FieldDiff> lost)
    {
        var owned = _explainer.Explain(observed, desired, recorded.EntryTime, parts, trustOwned: false)
            .Where(field => !lost.Any(known => known.Path == field.Path)).ToImmutableArray();
        if (owned.IsEmpty)
        {
            return lost;
        }

        var changed = _changed.Find(observed, desired, applied, recorded, lost, owned) ?? (lost.IsEmpty ? owned : []);
        return [.. lost.Concat(changed).OrderBy(static field => field.Path, StringComparer.Ordinal)];
    }

    private static DriftExplainer.Parts Parts(bool isSameMetadata, bool isSameValues) =>
        (isSameMetadata ? DriftExplainer.Parts.None : DriftExplainer.Parts.Metadata)
        | (isSameValues ? DriftExplainer.Parts.None : DriftExplainer.Parts.Values);

    private static Verdict Named(ImmutableArray<FieldDiff> fields) =>
        fields.IsEmpty ? Verdict.OwnAgainQuietly.Instance : new Verdict.Modified(fields);

    // The hash of the values leaves them out, so that only their owner tells.
    private static bool HasLostEmptyLeaf(FieldOwners owners, Fingerprint recorded) =>
        owners.HasOwn && EmptyLeaves.Read(recorded.EmptyLeaves) is { } leaves && !FieldSet.Parse(leaves).Except(owners.Own).IsEmpty;

    // Only a hash of our set was kept. What the desired object predicts is that set if it has that hash.
    private OwnEntry? AppliedSet(FieldOwners owners, KubernetesObject observed, Fingerprint recorded, KubernetesObject desired)
    {
        var fields = PredictedSet.Of(desired.Json, owners.Structure, owners.Own).ToJson();
        var applied = new OwnEntry(observed.ApiVersion, recorded.EntryTime, fields);
        return FingerprintFactory.EntryHash(applied, _hash) == recorded.EntryHash ? applied : null;
    }
}
