using System.Text.Json.Nodes;

namespace GitOps.Referee;

/// <summary>
/// What is known of one object from its events, in order: what our manager's last write left there, and what is not so any
/// more. Our own writes are told by their trace alone: only we can give our entry fields, or another time.
/// </summary>
internal sealed class ObjectCase
{
    private readonly Subject _subject;
    private readonly string _manager;
    private readonly List<Finding> _closed = [];
    private readonly Dictionary<string, Open> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Applied> _applied = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Order> _orders = new(StringComparer.Ordinal);
    private IReadOnlyList<ManagerEntry> _entries = [];
    private string _uid = string.Empty;
    private bool _isManaged;

    public ObjectCase(Subject subject, string manager) => (_subject, _manager) = (subject, manager);

    /// <summary>When our manager wrote it last, as far as seen; 0: never.</summary>
    public long LastOwnWrite { get; private set; }

    public IEnumerable<Finding> Findings =>
        _closed.Concat(_open.Select(pair => new Finding(_subject, pair.Key, pair.Value.Since, [.. pair.Value.Culprits])));

    public void Take(string type, JsonObject subject, long now)
    {
        if (type == "DELETED")
        {
            Lose(now);
            return;
        }

        var entries = ManagerEntry.Of(subject);
        var uid = subject["metadata"]!["uid"]!.GetValue<string>();
        var own = Own(entries);
        if (_isManaged && subject["metadata"]!["deletionTimestamp"] is not null)
        {
            Lose(now);
        }
        else if (own is not null && (uid != _uid || IsWrittenByUs(own, entries, subject)))
        {
            Remember(own, subject, now);
        }
        else if (_isManaged && uid == _uid && !_open.ContainsKey(string.Empty))
        {
            Compare(subject, entries, now);
        }

        if (own is not null || uid == _uid)
        {
            (_uid, _entries) = (uid, entries);
        }
    }

    private ManagerEntry? Own(IEnumerable<ManagerEntry> entries) =>
        entries.FirstOrDefault(entry => entry.Manager == _manager && entry is { Operation: "Apply", Subresource: "" });

    /// <summary>
    /// A second write within a second, of other values and the same fields, leaves the entry as it was: then nobody else's entry
    /// tells of a write either, and still a value is another.
    /// </summary>
    private bool IsWrittenByUs(ManagerEntry own, IReadOnlyList<ManagerEntry> entries, JsonObject subject)
    {
        var before = Own(_entries);
        if (own.HasWrittenSince(before))
        {
            return true;
        }

        var isSameSet = before!.Leaves.Count == own.Leaves.Count;
        return isSameSet && !entries.Any(entry => entry.Id != own.Id && HasWritten(entry)) && _entries.Count == entries.Count
            && own.Leaves.Any(leaf => _applied.TryGetValue(leaf.Key, out var applied) && IsOther(applied, subject, out _)
                && !_open.ContainsKey(leaf.Key));
    }

    private bool HasWritten(ManagerEntry entry) => entry.HasWrittenSince(_entries.FirstOrDefault(earlier => earlier.Id == entry.Id));

    private void Remember(ManagerEntry own, JsonObject subject, long now)
    {
        foreach (var path in _open.Keys.ToList())
        {
            Close(path, FindingEnd.SetRight, now);
        }

        _isManaged = true;
        LastOwnWrite = now;
        _applied.Clear();
        _orders.Clear();
        foreach (var (path, steps) in own.Leaves)
        {
            if (FieldTree.TryFind(subject, steps, out var value))
            {
                _applied[path] = new(steps, value?.DeepClone());
                for (var i = 1; i < steps.Count; i++)
                {
                    if (steps[i][0] == 'k')
                    {
                        RememberOrder([.. steps.Take(i)], subject, own);
                    }
                }
            }
        }
    }

    private void RememberOrder(IReadOnlyList<string> list, JsonObject subject, ManagerEntry own)
    {
        var path = FieldTree.Describe(list);
        if (!_orders.ContainsKey(path) && FieldTree.TryFind(subject, list, out var found) && found is JsonArray items)
        {
            var ours = own.Leaves.Values.Where(steps => steps.Count > list.Count && steps.Take(list.Count).SequenceEqual(list, StringComparer.Ordinal))
                .Select(steps => steps[list.Count]).Distinct(StringComparer.Ordinal);
            _orders[path] = new(list, InOrder(items, [.. ours]));
        }
    }

    private void Compare(JsonObject subject, IReadOnlyList<ManagerEntry> entries, long now)
    {
        var differing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, applied) in _applied)
        {
            if (IsOther(applied, subject, out var live))
            {
                differing.Add(path);
                Note(path, live, live is null ? string.Empty : Culprit(path, entries), now);
            }
        }

        foreach (var (path, order) in _orders)
        {
            if (FieldTree.TryFind(subject, order.List, out var found) && found is JsonArray items)
            {
                var present = InOrder(items, order.Items);
                if (!present.SequenceEqual(order.Items.Where(present.Contains), StringComparer.Ordinal))
                {
                    differing.Add(path);
                    Note(path, null, string.Empty, now);
                }
            }
        }

        foreach (var path in _open.Keys.Where(path => path.Length > 0 && !differing.Contains(path)).ToList())
        {
            Close(path, FindingEnd.SetBack, now);
        }
    }

    private static bool IsOther(Applied applied, JsonObject subject, out JsonNode? live)
    {
        if (!FieldTree.TryFind(subject, applied.Steps, out live))
        {
            return true;
        }

        // What we left empty others may fill.
        return applied.Value is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 }) && !JsonNode.DeepEquals(applied.Value, live);
    }

    private void Note(string path, JsonNode? live, string culprit, long now)
    {
        if (!_open.TryGetValue(path, out var open))
        {
            _open[path] = new(now, [culprit]) { Live = live?.DeepClone() };
        }
        else if (!JsonNode.DeepEquals(open.Live, live))
        {
            open.Live = live?.DeepClone();
            open.Culprits.Add(culprit);
        }
    }

    /// <summary>Who holds the field in the event that changed it: whoever has written in this event, else the newest.</summary>
    private string Culprit(string path, IReadOnlyList<ManagerEntry> entries)
    {
        var holders = entries.Where(entry => entry.Leaves.ContainsKey(path) && !(entry.Manager == _manager && entry.Operation == "Apply")).ToList();
        var writer = holders.Find(HasWritten) ?? holders.MaxBy(static entry => entry.Time, StringComparer.Ordinal);
        return writer?.Manager ?? string.Empty;
    }

    private void Lose(long now)
    {
        if (!_isManaged || _open.ContainsKey(string.Empty))
        {
            return;
        }

        foreach (var path in _open.Keys.ToList())
        {
            Close(path, FindingEnd.Gone, now);
        }

        _open[string.Empty] = new(now, [string.Empty]);
    }

    private void Close(string path, FindingEnd end, long now)
    {
        var open = _open[path];
        _open.Remove(path);
        _closed.Add(new(_subject, path, open.Since, [.. open.Culprits], end, now));
    }

    private static List<string> InOrder(JsonArray items, IReadOnlyList<string> steps) =>
        [.. items.Select(item => steps.FirstOrDefault(step => FieldTree.IsItem(item, step))).OfType<string>()];

    private sealed record Applied(IReadOnlyList<string> Steps, JsonNode? Value);

    private sealed record Order(IReadOnlyList<string> List, IReadOnlyList<string> Items);

    private sealed class Open(long since, List<string> culprits)
    {
        public long Since => since;

        public List<string> Culprits => culprits;

        public JsonNode? Live { get; set; }
    }
}
