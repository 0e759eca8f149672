using System.Diagnostics;
using System.Globalization;
using System.Text;
using GitOps.Referee;

namespace GitOps.Soak;

/// <summary>What came of a soak.</summary>
public sealed class SoakResult
{
    private const int MaxShown = 12;

    private readonly SoakSettings _settings;
    private readonly string? _problem;
    private readonly IReadOnlyList<Unrest> _unsettled;
    private readonly Judge _judge;
    private readonly OperatorReports _reports;
    private readonly IReadOnlyList<string> _actions;
    private readonly IReadOnlyList<string> _troubles;

    internal SoakResult(
        SoakSettings settings, string? problem, IReadOnlyList<Unrest> unsettled, Reckoning reckoning, Judge judge, OperatorReports reports,
        IReadOnlyList<string> requests, int commits, IReadOnlyList<string> actions, IReadOnlyList<string> troubles)
    {
        (_settings, _problem, _unsettled, Reckoning, _judge, _reports, _actions, _troubles) = (settings, problem, unsettled, reckoning, judge, reports, actions, troubles);
        (Requests, Commits) = (requests, commits);
    }

    public Reckoning Reckoning { get; }

    /// <summary>Verb and resource of every request of the operator but watches.</summary>
    public IReadOnlyList<string> Requests { get; }

    public int Commits { get; }

    public int Actions => _actions.Count;

    public int Troubles => _troubles.Count;

    /// <summary>From the event to the status that tells it, in milliseconds, sorted.</summary>
    public IReadOnlyList<double> Detection => [.. Reckoning.Detected.Select(static item => item.Milliseconds).Order()];

    /// <summary>From the first drift of each object to its being as it was, in milliseconds, sorted: later ones wait on purpose.</summary>
    public IReadOnlyList<double> Healing =>
    [
        .. _judge.Findings.Where(finding => IsHealing(finding.Subject)).GroupBy(static finding => finding.Subject).Select(static group => group.First())
            .Where(static finding => finding.End == FindingEnd.SetRight)
            .Select(static finding => Stopwatch.GetElapsedTime(finding.Since, finding.Until).TotalMilliseconds).Order(),
    ];

    /// <summary>Whether nothing was missed, nothing was cried falsely, nobody was blamed wrongly, and all came to rest.</summary>
    public bool IsFlawless => _problem is null && _unsettled.Count == 0 && Reckoning is { Missed.Count: 0, False.Count: 0, WrongCulprit.Count: 0 };

    /// <summary>The smallest value that this share of them does not exceed.</summary>
    public static double Percentile(IReadOnlyList<double> sorted, double percent) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(sorted.Count * percent / 100) - 1, 0, sorted.Count - 1)];

    /// <summary>The figures, a line each.</summary>
    public string Summary() => string.Create(CultureInfo.InvariantCulture, $"""
        seed {_settings.Seed}: {_settings.Applications} Applications, {_settings.Applications * SoakWorkload.ObjectsPerApplication} objects, {_settings.Duration.TotalSeconds:0} s, {Actions} actions, {Commits} commits, {Troubles} troubles
        drift: {Reckoning.Required}, of which {Reckoning.ToldByEvent} told by an event alone; {Reckoning.Excused} more over at once, {Reckoning.Forgotten} more overwritten while events were lost
        missed {Reckoning.Missed.Count}, false {Reckoning.False.Count}, wrong culprit {Reckoning.WrongCulprit.Count}, not settled {_unsettled.Count}
        detected: p50 {Percentile(Detection, 50):0} ms, p99 {Percentile(Detection, 99):0} ms; healed: p50 {Percentile(Healing, 50):0} ms, p99 {Percentile(Healing, 99):0} ms ({Healing.Count} first heals)
        requests: {Requests.Count}, {(double)Requests.Count / Math.Max(1, Reckoning.Required):0.0} for each drift, commits and repetitions included
        """);

    /// <summary>The figures, what is wrong, and the history of every object that it is about.</summary>
    public string Describe()
    {
        var text = new StringBuilder(Summary()).AppendLine();
        if (_problem is not null)
        {
            text.AppendLine($"the referee lost its watch: {_problem}");
        }

        foreach (var (title, list) in ((string, IReadOnlyList<string>)[])
            [("missed", Reckoning.Missed), ("false", Reckoning.False), ("wrong culprit", Reckoning.WrongCulprit), ("not settled", [.. _unsettled.Select(static item => item.Text)])])
        {
            foreach (var line in list)
            {
                text.AppendLine($"{title}: {line}");
            }
        }

        foreach (var subject in Reckoning.Subjects.Concat(_unsettled.Select(static item => item.Subject).OfType<Subject>()).Distinct().Take(MaxShown))
        {
            Tell(text, subject);
        }

        return text.AppendLine("troubles:").AppendJoin('\n', _troubles).ToString();
    }

    private bool IsHealing(Subject subject) =>
        subject.Name.Split('-') is { Length: > 1 } parts && int.TryParse(parts[^2], CultureInfo.InvariantCulture, out var application) && SoakWorkload.Heals(application);

    private void Tell(StringBuilder text, Subject subject)
    {
        text.AppendLine().AppendLine($"history of {subject}:");
        foreach (var line in _judge.HistoryOf(subject).Concat(_actions.Where(action => action.EndsWith(subject.ToString(), StringComparison.Ordinal))).Order(StringComparer.Ordinal))
        {
            text.AppendLine($"  {line}");
        }

        foreach (var finding in _judge.Findings.Where(finding => finding.Subject == subject))
        {
            text.AppendLine($"  found at {Clock(finding.Since)}{(finding.Until > 0 ? " to " + Clock(finding.Until) : string.Empty)}: {finding}");
        }

        foreach (var report in _reports.All.Where(report => report.Subject == subject).OrderBy(static report => report.Seen))
        {
            text.AppendLine($"  told at {Clock(report.Seen)}: {report}");
        }
    }

    private static string Clock(long timestamp) =>
        (DateTimeOffset.UtcNow - Stopwatch.GetElapsedTime(timestamp)).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
}

/// <summary>What has not come to rest.</summary>
/// <param name="Subject">The object; null: it is about an Application.</param>
/// <param name="Text">What is the matter.</param>
internal sealed record Unrest(Subject? Subject, string Text);
