using System.Globalization;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Tests.Client.Watching.Interleavings;

/// <summary>One event that a watch of the selection has to tell.</summary>
/// <param name="Version">The resourceVersion of the change.</param>
/// <param name="Name">Of the object.</param>
/// <param name="IsDeleted">Deleted, or left the selection.</param>
internal sealed record HistoryEvent(long Version, string Name, bool IsDeleted)
{
    public override string ToString() => $"{(IsDeleted ? "Deleted" : "Applied")} {Name}@{Version}";
}

/// <summary>
/// What really happened to a selection, taken from the sandbox's own record of changes, where no fault reaches. A resource that is
/// dropped and served again has a record for each of its lives.
/// </summary>
internal sealed class History
{
    private readonly Cluster _cluster;
    private readonly GroupResource _resource;
    private readonly string _namespace;
    private readonly string? _label;
    private readonly List<Change> _lives = [];

    /// <param name="cluster">Whose record it is.</param>
    /// <param name="resource">Which resource.</param>
    /// <param name="namespace">Which namespace.</param>
    /// <param name="label">The value of the label <c>app</c> that is selected; null: all.</param>
    public History(Cluster cluster, GroupResource resource, string @namespace, string? label)
    {
        (_cluster, _resource, _namespace, _label) = (cluster, resource, @namespace, label);
        BeginLife();
    }

    /// <summary>The resource is served (again), and nothing has been written yet.</summary>
    public void BeginLife() => _lives.Add(_cluster.Store.StartWatch(_cluster.Store.Table(_resource)).Position);

    /// <summary>What is there now: resourceVersions by name.</summary>
    public Dictionary<string, string> Present() =>
        _cluster.Store.Take(_cluster.Store.Table(_resource)).Enumerate(_namespace).Where(IsSelected).ToDictionary(
            static stored => stored.Name, static stored => stored.ResourceVersion.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal);

    public IReadOnlyList<HistoryEvent> Events()
    {
        var events = new List<HistoryEvent>();
        foreach (var life in _lives)
        {
            for (var change = life.Next; change is not null; change = change.Next)
            {
                if (change.After is { } after && after.Namespace == _namespace)
                {
                    var was = change.Before is { } before && IsSelected(before);
                    var isNow = change.Type != ChangeType.Deleted && IsSelected(after);
                    if (was || isNow)
                    {
                        events.Add(new(change.ResourceVersion, after.Name, !isNow));
                    }
                }
            }
        }

        return events;
    }

    private bool IsSelected(StoredObject stored) => _label is null || stored.Labels.Find("app") == _label;
}
