using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Previews;

/// <summary>What a dry run said of each object.</summary>
/// <param name="Revision">Of what was compared.</param>
/// <param name="ComparedAt">When, last.</param>
/// <param name="Objects">All that was looked at.</param>
internal sealed record PreviewState(string Revision, DateTimeOffset ComparedAt, ImmutableDictionary<ObjectKey, PreviewedObject> Objects)
{
    /// <summary>Namespaces that have to come before more can be known.</summary>
    public IEnumerable<string> MissingNamespaces => Objects.Values.Select(static item => item.MissingNamespace).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>What a sync would do to an object; null: nothing, or it was not looked at.</summary>
    public PlanRow? RowOf(ObjectKey key) => Objects.GetValueOrDefault(key)?.Row;

    /// <summary>Whether an object is known to be as desired.</summary>
    public bool IsAsDesired(ObjectKey key) => Objects.GetValueOrDefault(key) is { Row: null };
}

/// <summary>What a dry run said of one object.</summary>
/// <param name="Row">What a sync would do; null: nothing, it is as desired.</param>
internal sealed record PreviewedObject(PlanRow? Row)
{
    public static readonly PreviewedObject AsDesired = new((PlanRow?)null);

    /// <summary>It is asked again after an interval: there was no answer.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>The kind was not served.</summary>
    public bool IsUnserved { get; init; }

    /// <summary>It can be asked when this namespace is there.</summary>
    public string? MissingNamespace { get; init; }

    /// <summary>Who else says that the object is his.</summary>
    public ForeignMark? Foreign { get; init; }
}
