using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Ignoring;
using GitOps.Operator.Model;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Reconcile;

/// <summary>What the rules make of a verdict.</summary>
/// <param name="Verdict">What is left of it.</param>
/// <param name="IsAccepted">Nothing is: the object is as it should be.</param>
/// <param name="NeedsServer">Only a dry run tells what is left.</param>
internal readonly record struct IgnoredVerdict(Verdict Verdict, bool IsAccepted = false, bool NeedsServer = false);

/// <summary>Applies the rules of an Application to what was found of one of its objects. Pure.</summary>
internal static class IgnoredDrift
{
    /// <param name="explainer">Names fields, and knows what of them must not be shown.</param>
    /// <param name="rules">Of the Application.</param>
    /// <param name="observed">The live object.</param>
    /// <param name="recorded">From the answer to the last apply.</param>
    /// <param name="desired">The manifest applied last.</param>
    /// <param name="verdict">Without the rules.</param>
    public static IgnoredVerdict Judge(
        DriftExplainer explainer, IgnoreRules rules, KubernetesObject observed, Fingerprint recorded, KubernetesObject desired, Verdict verdict)
    {
        if (verdict is Verdict.Terminating or Verdict.Recreated || (rules.IsEmpty && !recorded.Holds))
        {
            return new(verdict);
        }

        var ignored = IgnoredFields.Of(rules, Names.FieldManager, observed, desired);
        if (recorded.Holds)
        {
            // What we own is not all as the manifest says, so that owning it proves nothing.
            var all = explainer.Explain(observed, desired, recorded.EntryTime, trustOwned: false);
            all = ignored?.Without(all) ?? all;
            return all.IsEmpty && ignored?.ExplainsOwnership() == true
                ? new(verdict, IsAccepted: true)
                : new(new Verdict.Modified(all), NeedsServer: true);
        }

        if (ignored is null || verdict is not (Verdict.Modified or Verdict.OwnAgainQuietly))
        {
            return new(verdict);
        }

        var rest = verdict is Verdict.Modified modified ? ignored.Without(modified.Fields) : [];
        if (rest.IsEmpty && verdict is Verdict.Modified { Fields.Length: >= DriftExplainer.MaxFields })
        {
            // More may differ than is named: nothing is hidden that was not looked at.
            return new(verdict);
        }

        return !rest.IsEmpty ? new(new Verdict.Modified(rest))
            : ignored.ExplainsOwnership() ? new(verdict, IsAccepted: true)
            : new(Verdict.OwnAgainQuietly.Instance);
    }

    /// <summary>The object without what is ignored of it.</summary>
    public static KubernetesObject Stripped(IgnoreRules rules, KubernetesObject subject) =>
        rules.AreAbout(subject.Key) && IgnoredPlaces.Find(rules.For(subject.Key), subject).Without(subject.Json) is JsonObject rest ? new(rest) : subject;

    /// <summary>The fields that differ in more than what is ignored.</summary>
    public static ImmutableArray<FieldDiff> Without(
        IgnoreRules rules, KubernetesObject live, KubernetesObject desired, ImmutableArray<FieldDiff> fields) =>
        fields.IsEmpty ? fields : IgnoredFields.Of(rules, Names.FieldManager, live, desired)?.Without(fields) ?? fields;
}
