using System.Globalization;
using GitOps.Kubernetes.Watching;

namespace GitOps.Sandbox.Tests.Client.Watching.Interleavings;

/// <summary>
/// Judges what a watch told by what really happened: every list is the state of one moment, no earlier than what was told
/// before, and from there on every event comes, once, in order, up to the next list or the end.
/// </summary>
internal sealed class StreamCheck
{
    private readonly IReadOnlyList<HistoryEvent> _history;
    private readonly List<Dictionary<string, long>> _states = [[]];

    public StreamCheck(IReadOnlyList<HistoryEvent> history)
    {
        _history = history;
        foreach (var happened in history)
        {
            var state = new Dictionary<string, long>(_states[^1], StringComparer.Ordinal);
            if (happened.IsDeleted)
            {
                state.Remove(happened.Name);
            }
            else
            {
                state[happened.Name] = happened.Version;
            }

            _states.Add(state);
        }
    }

    /// <returns>What is wrong; null: nothing.</returns>
    public string? Judge(IReadOnlyList<WatchEvent> told)
    {
        var position = 0;
        var runs = Runs(told);
        for (var i = 0; i < runs.Count; i++)
        {
            var end = Match(runs[i], position, isLast: i == runs.Count - 1);
            if (end is null)
            {
                return $"what was told after list {i + 1} fits nowhere after event {position}: "
                    + $"[{string.Join(' ', runs[i].Listed.Select(static item => $"{item.Key}@{item.Value}"))}] then {string.Join(", ", runs[i].Events)}; "
                    + $"what happened: {string.Join(", ", _history)}";
            }

            position = end.Value;
        }

        return runs.Count == 0 ? "no list was ever complete" : null;
    }

    /// <returns>How far it went in the history; null: it fits nowhere.</returns>
    private int? Match(Run run, int from, bool isLast)
    {
        for (var start = from; start < _states.Count; start++)
        {
            // Deletions that came during a streaming list are told right after it: the list still shows what they deleted.
            for (var gone = 0; gone <= run.Events.Count && (gone == 0 || run.Events[gone - 1].IsDeleted); gone++)
            {
                var left = run.Events.Skip(gone).ToList();
                if (IsState(run.Listed, run.Events.Take(gone), start) && Follows(left, start) && (!isLast || start + left.Count == _history.Count))
                {
                    return start + left.Count;
                }
            }
        }

        return null;
    }

    private bool IsState(Dictionary<string, long> listed, IEnumerable<HistoryEvent> gone, int index)
    {
        var names = gone.Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
        var state = _states[index];
        return listed.Count(item => !names.Contains(item.Key)) == state.Count
            && state.All(item => !names.Contains(item.Key) && listed.TryGetValue(item.Key, out var version) && version == item.Value)
            && names.All(listed.ContainsKey);
    }

    private bool Follows(List<HistoryEvent> events, int start) =>
        start + events.Count <= _history.Count && events.Select((item, i) => item == _history[start + i]).All(static isSame => isSame);

    /// <summary>Complete lists with what followed each; what came before the first, or belongs to a list that was not completed, is left out.</summary>
    private static List<Run> Runs(IReadOnlyList<WatchEvent> told)
    {
        var runs = new List<Run>();
        Dictionary<string, long>? listing = null;
        foreach (var item in told)
        {
            switch (item.Type)
            {
                case WatchEventType.Restarted:
                    listing = new(StringComparer.Ordinal);
                    break;
                case WatchEventType.InitItem:
                    listing![item.Object!.Name] = Version(item);
                    break;
                case WatchEventType.InitDone:
                    runs.Add(new(listing!, []));
                    listing = null;
                    break;
                case WatchEventType.Applied or WatchEventType.Deleted:
                    listing.ShouldBeNull("an event between the items of a list");
                    runs[^1].Events.Add(new(Version(item), item.Object!.Name, item.Type == WatchEventType.Deleted));
                    break;
                default:
                    break;
            }
        }

        return runs;
    }

    private static long Version(WatchEvent item) => long.Parse(item.Object!.ResourceVersion!, CultureInfo.InvariantCulture);

    private sealed record Run(Dictionary<string, long> Listed, List<HistoryEvent> Events);
}
