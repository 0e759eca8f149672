using System.Text.Json.Nodes;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>Empties namespaces that are being deleted, and lets each go once nothing is left in it.</summary>
internal sealed class NamespaceController
{
    private static readonly DeletionOptions Background = new(DeletionOptions.Background, null, null, null, false);

    private readonly Cluster _cluster;

    public NamespaceController(Cluster cluster) => _cluster = cluster;

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var version = _cluster.Store.Version;
            foreach (var stored in Namespaces().Where(static stored => stored.IsTerminating).ToList())
            {
                Finalize(stored.Name);
            }

            await _cluster.Store.WaitForVersionAfter(version).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<StoredObject> Namespaces() =>
        _cluster.Store.Take(_cluster.Store.Table(NamespaceRules.Namespaces)).Enumerate(string.Empty);

    private void Finalize(string name)
    {
        var isEmpty = true;
        foreach (var table in _cluster.Store.Tables().Where(static table => table.Resource != NamespaceRules.Namespaces))
        {
            foreach (var stored in _cluster.Store.Take(table).Enumerate(name))
            {
                if (_cluster.Catalog.FindStored(table.Resource) is { Namespaced: true } resource)
                {
                    isEmpty &= !stored.IsTerminating
                        && _cluster.Deleter.TryDelete(resource, table, stored, Background) is { Stored: null };
                }
            }
        }

        if (isEmpty)
        {
            _cluster.Writer.Adjust(_cluster.Catalog.FindStored(NamespaceRules.Namespaces)!, string.Empty, name, static json =>
            {
                json["spec"] = new JsonObject();
                return true;
            });
        }
    }
}
