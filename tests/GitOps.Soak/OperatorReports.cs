using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Referee;

namespace GitOps.Soak;

/// <summary>Collects what the operator says of drift: in every status that is stored, and in the events about Applications.</summary>
public sealed partial class OperatorReports
{
    private const string OverwrittenNote = " while it was being applied; the apply has overwritten the change";

    private readonly Lock _lock = new();
    private readonly Dictionary<(Subject, string Path, string Manager, string Since), Report> _standing = [];
    private readonly List<Report> _past = [];
    private readonly Dictionary<string, JsonObject> _applications = new(StringComparer.Ordinal);

    /// <summary>Everything that was said.</summary>
    public IReadOnlyList<Report> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _past, .. _standing.Values];
            }
        }
    }

    /// <summary>What the newest statuses say.</summary>
    public IReadOnlyList<Report> Standing
    {
        get
        {
            lock (_lock)
            {
                return [.. _standing.Values];
            }
        }
    }

    /// <summary>The Applications as they were seen last.</summary>
    public IReadOnlyList<JsonObject> Applications
    {
        get
        {
            lock (_lock)
            {
                return [.. _applications.Values];
            }
        }
    }

    /// <summary>Takes in a watch event of an Application or of an Event.</summary>
    public void Take(string type, JsonObject subject, long now)
    {
        lock (_lock)
        {
            if (subject["kind"]?.GetValue<string>() == "Event")
            {
                if (type != "DELETED")
                {
                    _past.AddRange(OfEvent(subject, now));
                }
            }
            else if (type == "DELETED")
            {
                _applications.Remove(subject["metadata"]!["name"]!.GetValue<string>());
            }
            else
            {
                _applications[subject["metadata"]!["name"]!.GetValue<string>()] = subject;
                TakeStatus_NeedsLock(subject, now);
            }
        }
    }

    private void TakeStatus_NeedsLock(JsonObject application, long now)
    {
        var name = application["metadata"]!["name"]!.GetValue<string>();
        var said = new HashSet<(Subject, string, string, string)>();
        foreach (var row in application["status"]?["drift"] as JsonArray ?? [])
        {
            var subject = new Subject(Text(row, "kind"), Text(row, "namespace"), Text(row, "name"));
            var fields = Text(row, "change") == "Deleted" ? [(string.Empty, string.Empty)]
                : (row!["fields"] as JsonArray ?? []).Select(static field => (Path: Text(field, "path"), Manager: Text(field, "manager"))).DefaultIfEmpty(("?", string.Empty));
            foreach (var (path, manager) in fields)
            {
                var key = (subject, path, manager, Text(row, "detectedAt"));
                said.Add(key);
                _standing.TryAdd(key, new(subject, path, manager, now));
            }
        }

        // Names of objects begin with that of their Application.
        foreach (var (key, report) in _standing.Where(pair => IsOf(pair.Key.Item1, name) && !said.Contains(pair.Key)).ToList())
        {
            _standing.Remove(key);
            _past.Add(report with { Gone = now });
        }
    }

    private static bool IsOf(Subject subject, string application) => subject.Name.StartsWith(application + "-", StringComparison.Ordinal);

    private static IEnumerable<Report> OfEvent(JsonObject item, long now)
    {
        if (Text(item, "reason") is not ("DriftDetected" or "DriftHealed") || Note().Match(Text(item, "note").Replace(OverwrittenNote, string.Empty, StringComparison.Ordinal)) is not { Success: true } match)
        {
            yield break;
        }

        var subject = new Subject(match.Groups["kind"].Value.Split('/')[^1], match.Groups["namespace"].Value, match.Groups["name"].Value);
        var what = match.Groups["what"].Value;
        if (what is "deleted")
        {
            yield return new(subject, string.Empty, string.Empty, now, now, IsEvent: true);
            yield break;
        }

        foreach (var group in More().Replace(what, string.Empty).Split("; "))
        {
            var by = By().Match(group);
            foreach (var field in (by.Success ? group[..by.Index] : group).Split(", "))
            {
                // Behind the path may stand what it was and what it is.
                yield return new(subject, field.Split(' ')[0], by.Groups["manager"].Value, now, now, IsEvent: true);
            }
        }
    }

    private static string Text(JsonNode? node, string name) => node?[name]?.GetValue<string>() ?? string.Empty;

    [GeneratedRegex(@"^(?<kind>\S+) (?<namespace>[^/\s]+)/(?<name>[^:\s]+): (?<what>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Note();

    [GeneratedRegex(@" and \d+ more$", RegexOptions.CultureInvariant)]
    private static partial Regex More();

    [GeneratedRegex(@" by (?<manager>\S+)( at \d\d:\d\d:\d\d)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex By();
}
