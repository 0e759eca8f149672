using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Storage;

/// <summary>Some objects of a list, and how it goes on.</summary>
/// <param name="Items">The objects, sorted.</param>
/// <param name="Continue">Null on the last page.</param>
/// <param name="Remaining">How many follow; null where it is not known (with selectors) or none do.</param>
internal sealed record Page(IReadOnlyList<StoredObject> Items, ContinueToken? Continue, int? Remaining)
{
    /// <param name="snapshot">The state to list.</param>
    /// <param name="selection">Which objects.</param>
    /// <param name="after">The last object of the page before.</param>
    /// <param name="limit">0: all.</param>
    public static Page Take(Snapshot snapshot, Selection selection, ContinueToken? after, int limit)
    {
        var items = new List<StoredObject>();
        var more = 0;
        foreach (var stored in snapshot.Enumerate(selection.Namespace))
        {
            if ((after is not null && !IsAfter(stored, after)) || !selection.Matches(stored))
            {
                continue;
            }

            if (limit > 0 && items.Count == limit)
            {
                more++;
                if (!selection.IsEverything)
                {
                    break;
                }
            }
            else
            {
                items.Add(stored);
            }
        }

        if (more == 0)
        {
            return new(items, null, null);
        }

        var version = after?.ResourceVersion == ContinueToken.Present ? ContinueToken.Present : snapshot.ResourceVersion;
        return new(items, new(version, items[^1].Namespace, items[^1].Name), selection.IsEverything ? more : null);
    }

    private static bool IsAfter(StoredObject stored, ContinueToken token)
    {
        var order = NamespaceOrder.Instance.Compare(stored.Namespace, token.Namespace);
        return order > 0 || (order == 0 && string.CompareOrdinal(stored.Name, token.Name) > 0);
    }
}
