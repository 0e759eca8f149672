using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>
/// One loop of the cluster. It is told of changes, answers with what to look at, and brings what it looks at nearer to what is
/// wanted, whatever has happened in between. It keeps nothing but what it can do without.
/// </summary>
internal interface IController
{
    /// <summary>Which keys a change concerns. Called while the view is locked: quick, and without writes.</summary>
    IEnumerable<WorkKey> Concerns(GroupResource resource, Change change);

    /// <summary>Looks at a key. The same key is never looked at twice at a time.</summary>
    /// <returns>When to look again without a change; null: never.</returns>
    Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken);
}
