using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>
/// Names the fields in which a live object is not what we applied, and who owns them now. It reads what was applied beside
/// what is there, guided by the field sets of all managers; no schema, no request. Values in the result are masked and cut.
/// </summary>
internal sealed class DriftExplainer
{
    /// <summary>More fields of one object are not named: a report is for people.</summary>
    public const int MaxFields = 100;

    private readonly string _manager;
    private readonly SecretMask _mask;

    /// <param name="manager">Our field manager.</param>
    /// <param name="mask">What must not be shown; null: what never must.</param>
    public DriftExplainer(string manager, SecretMask? mask = null)
    {
        _manager = manager;
        _mask = mask ?? SecretMask.Default;
    }

    /// <summary>
    /// The fields that differ, sorted by path, at most <see cref="MaxFields"/>. What we still own under the recorded time has the applied value, whatever the
    /// server or a webhook made of it, so it is compared only in the order of lists.
    /// </summary>
    /// <param name="observed">The live object.</param>
    /// <param name="desired">What was applied last.</param>
    /// <param name="recordedTime">The time of our entry in the answer to that apply; null if it is not known.</param>
    /// <param name="parts">What to compare.</param>
    /// <param name="trustOwned">False: what we own is compared by value too.</param>
    public ImmutableArray<FieldDiff> Explain(
        KubernetesObject observed, KubernetesObject desired, string? recordedTime, Parts parts = Parts.All, bool trustOwned = true)
    {
        var owners = new FieldOwners(observed, _manager, recordedTime);
        var walk = new DriftWalk(owners, trustOwned && owners.IsOwnTrusted, FieldContext.Root(observed.Json).IsTyped);
        walk.Compare(PredictedSet.Of(desired.Json, owners.Structure, owners.Own), desired.Json, observed.Json, parts);
        if (owners.HasOwn && !owners.IsOwnTrusted)
        {
            walk.CompareExtra(desired.Json, observed.Json, byValue: false);
        }

        return walk.Found(new(_mask, desired, observed));
    }

    /// <summary>
    /// The fields in which the live object differs from the server's answer to an apply of it (a dry run, or the heal itself).
    /// Exact: both are the server's own spelling, and the answer's field set says what is ours.
    /// </summary>
    public ImmutableArray<FieldDiff> Explain(KubernetesObject observed, KubernetesObject answer, string? recordedTime)
    {
        var owners = new FieldOwners(observed, _manager, recordedTime);
        var applied = new FieldOwners(answer, _manager, recordedTime: null).Own;
        var walk = new DriftWalk(owners, trustOwned: false, isTyped: false);
        walk.Compare(applied, answer.Json, observed.Json, Parts.All);
        // What an apply under our name had put there, and our own apply took away again.
        walk.CompareExtra(answer.Json, observed.Json, byValue: true);
        return walk.Found(new(_mask, answer, observed));
    }

    /// <summary>Parts of an object that are hashed apart.</summary>
    [Flags]
    internal enum Parts
    {
        None = 0,
        Metadata = 1,
        Values = 2,
        All = Metadata | Values,
    }
}
