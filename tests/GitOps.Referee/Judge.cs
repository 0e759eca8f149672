using System.Text.Json.Nodes;

namespace GitOps.Referee;

/// <summary>Decides from watch events alone what was drift. Thread-safe; the events of one object have to come in order.</summary>
public sealed class Judge
{
    private const int MaxHistory = 60;

    private readonly string _manager;
    private readonly Lock _lock = new();
    private readonly Dictionary<Subject, ObjectCase> _cases = [];
    private readonly Dictionary<Subject, Queue<string>> _history = [];

    /// <param name="manager">The field manager whose writes are right.</param>
    public Judge(string manager) => _manager = manager;

    /// <summary>Everything found so far, what is over included.</summary>
    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_lock)
            {
                return [.. _cases.Values.SelectMany(static item => item.Findings).OrderBy(static finding => finding.Since)];
            }
        }
    }

    /// <summary>Takes in one event.</summary>
    /// <param name="type"><c>ADDED</c>, <c>MODIFIED</c> or <c>DELETED</c>.</param>
    /// <param name="subject">The object as the event has it.</param>
    /// <param name="now">When it came, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
    public void Take(string type, JsonObject subject, long now)
    {
        var key = KeyOf(subject);
        lock (_lock)
        {
            if (!_cases.TryGetValue(key, out var found))
            {
                _cases[key] = found = new(key, _manager);
                _history[key] = new();
            }

            found.Take(type, subject, now);
            Log_NeedsLock(key, type, subject);
        }
    }

    /// <summary>What is open for an object.</summary>
    public IReadOnlyList<Finding> OpenOf(Subject subject)
    {
        lock (_lock)
        {
            return _cases.TryGetValue(subject, out var found) ? [.. found.Findings.Where(static finding => finding.End == FindingEnd.Open)] : [];
        }
    }

    /// <summary>The object's last events: versions and managers, never a value.</summary>
    public IReadOnlyList<string> HistoryOf(Subject subject)
    {
        lock (_lock)
        {
            return _history.TryGetValue(subject, out var lines) ? [.. lines] : [];
        }
    }

    private static Subject KeyOf(JsonObject subject) => new(
        subject["kind"]!.GetValue<string>(), subject["metadata"]!["namespace"]?.GetValue<string>() ?? string.Empty,
        subject["metadata"]!["name"]!.GetValue<string>());

    private void Log_NeedsLock(Subject key, string type, JsonObject subject)
    {
        var lines = _history[key];
        if (lines.Count == MaxHistory)
        {
            lines.Dequeue();
        }

        var metadata = subject["metadata"]!;
        var managers = string.Join(", ", ManagerEntry.Of(subject).Select(static entry =>
            $"{entry.Manager}{(entry.Subresource.Length > 0 ? "/" + entry.Subresource : string.Empty)} {entry.Operation} {entry.Time} {entry.Leaves.Count} fields"));
        var going = metadata["deletionTimestamp"] is null ? string.Empty : " (terminating)";
        lines.Enqueue($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {type}{going} version {metadata["resourceVersion"]} generation {metadata["generation"]}: {managers}");
    }
}
