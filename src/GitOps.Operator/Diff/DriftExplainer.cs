using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>
/// Names the fields in which a live object is not what we applied, and who owns them now. It reads what was applied beside
/// what is there, guided by the field sets of all managers; no schema, no request, no value in the result.
/// </summary>
internal sealed class DriftExplainer
{
    /// <summary>More fields of one object are not named: a report is for people.</summary>
    public const int MaxFields = 100;

    private readonly string _manager;

    /// <param name="manager">Our field manager.</param>
    public DriftExplainer(string manager) => _manager = manager;

    /// <summary>
    /// The fields that differ, sorted by path, at most <see cref="MaxFields"/>. What we still own under the recorded time has the applied value, whatever the
    /// server or a webhook made of it, so it is compared only in the order of lists.
    /// </summary>
    /// <param name="observed">The live object.</param>
    /// <param name="desired">What was applied last.</param>
    /// <param name="recordedTime">The time of our entry in the answer to that apply; null if it is not known.</param>
    /// <param name="parts">What to compare.</param>
    /// <param name="trustOwned">False: what we own is compared by value too.</param>
    public ImmutableArray<DriftedField> Explain(
        KubernetesObject observed, KubernetesObject desired, string? recordedTime, Parts parts = Parts.All, bool trustOwned = true)
    {
        var owners = new FieldOwners(observed, _manager, recordedTime);
        var walk = new DriftWalk(owners, trustOwned && owners.IsOwnTrusted, IsTyped(observed));
        walk.Compare(PredictedSet.Of(desired.Json, owners.Structure, owners.Own), desired.Json, observed.Json, parts);
        if (owners.HasOwn && !owners.IsOwnTrusted)
        {
            walk.CompareExtra(desired.Json, observed.Json, byValue: false);
        }

        return walk.Found();
    }

    /// <summary>
    /// The fields in which the live object differs from the server's answer to an apply of it (a dry run, or the heal itself).
    /// Exact: both are the server's own spelling, and the answer's field set says what is ours.
    /// </summary>
    public ImmutableArray<DriftedField> Explain(KubernetesObject observed, KubernetesObject answer, string? recordedTime)
    {
        var owners = new FieldOwners(observed, _manager, recordedTime);
        var applied = new FieldOwners(answer, _manager, recordedTime: null).Own;
        var walk = new DriftWalk(owners, trustOwned: false, isTyped: false);
        walk.Compare(applied, answer.Json, observed.Json, Parts.All);
        // What an apply under our name had put there, and our own apply took away again.
        walk.CompareExtra(answer.Json, observed.Json, byValue: true);
        return walk.Found();
    }

    // The server stores objects of CRDs as they are; those of its own Go types without their zero values.
    private static bool IsTyped(KubernetesObject subject)
    {
        var group = subject.GroupVersionKind.Group;
        return !group.Contains('.', StringComparison.Ordinal) || group.EndsWith(".k8s.io", StringComparison.Ordinal);
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
