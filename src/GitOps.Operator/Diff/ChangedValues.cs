using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>
/// Tells which of the fields that are not as desired have changed since the apply. A webhook may have rewritten some of them
/// in the apply itself, and of those only a hash is known: it is that of the live values again once the right fields are put
/// back as desired. Pure; for the slow path alone.
/// </summary>
internal sealed class ChangedValues
{
    /// <summary>More fields in question are not tried out: each doubles the work.</summary>
    private const int MaxTried = 8;

    private readonly KeyedHash _hash;

    public ChangedValues(KeyedHash hash) => _hash = hash;

    /// <summary>The fewest of the doubtful fields which, with all of the certain ones, explain the recorded hashes.</summary>
    /// <param name="observed">The live object.</param>
    /// <param name="desired">What was applied.</param>
    /// <param name="applied">The set that the recorded hashes are of.</param>
    /// <param name="recorded">The hashes.</param>
    /// <param name="certain">Fields that have changed for sure.</param>
    /// <param name="doubtful">Fields that are not as desired.</param>
    /// <returns>The doubtful ones that have changed; null if that cannot be told.</returns>
    public ImmutableArray<FieldDiff>? Find(
        KubernetesObject observed, KubernetesObject desired, OwnEntry applied, Fingerprint recorded,
        ImmutableArray<FieldDiff> certain, ImmutableArray<FieldDiff> doubtful)
    {
        if (doubtful.Length > MaxTried)
        {
            return null;
        }

        var candidates = Enumerable.Range(0, 1 << doubtful.Length).OrderBy(static choice => int.PopCount(choice));
        foreach (var choice in candidates)
        {
            ImmutableArray<FieldDiff> chosen = [.. doubtful.Where((_, index) => (choice & (1 << index)) != 0)];
            var restored = new KubernetesObject((JsonObject)observed.Json.DeepClone());
            if (certain.Concat(chosen).All(field => Restore(field.Field, restored.Json, desired.Json)) && IsAsRecorded(restored, applied, recorded))
            {
                return chosen;
            }
        }

        return null;
    }

    private bool IsAsRecorded(KubernetesObject subject, OwnEntry applied, Fingerprint recorded) =>
        FingerprintFactory.MetadataHash(applied, subject, _hash) == recorded.MetadataHash
        && FingerprintFactory.ValuesHash(applied, subject, recorded.EmptyLeaves, _hash) == recorded.ValuesHash;

    /// <summary>Only a value in a map can be put back: where an item of a list was, the desired object does not say.</summary>
    private static bool Restore(FieldPath path, JsonObject subject, JsonObject desired)
    {
        if (path.Elements.IsEmpty || path.Elements[^1].Kind != PathElementKind.Field || !path.TryGet(desired, out var value)
            || !new FieldPath(path.Elements[..^1]).TryGet(subject, out var parent) || parent is not JsonObject fields)
        {
            return false;
        }

        fields[path.Elements[^1].Content] = value?.DeepClone();
        return true;
    }
}
