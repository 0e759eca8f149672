using GitOps.Referee;

namespace GitOps.Soak;

/// <summary>What the operator said of one field or one deletion.</summary>
/// <param name="Subject">The object.</param>
/// <param name="Path">Of the field; empty: the object was deleted.</param>
/// <param name="Manager">Who; empty: nobody was named.</param>
/// <param name="Seen">When it was first seen, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
/// <param name="Gone">When a status had it no more; <see cref="long.MaxValue"/> while it stands.</param>
/// <param name="IsEvent">A Kubernetes event told it, not a status.</param>
public sealed record Report(Subject Subject, string Path, string Manager, long Seen, long Gone = long.MaxValue, bool IsEvent = false)
{
    public override string ToString() =>
        $"{Subject}: {(Path.Length == 0 ? "deleted" : Path)} by {(Manager.Length == 0 ? "nobody known" : Manager)}{(IsEvent ? " (event)" : string.Empty)}";
}
