using System.Diagnostics;
using GitOps.Referee;

namespace GitOps.Soak;

/// <summary>Holds what the operator said against what the referee found.</summary>
public sealed class Reckoning
{
    /// <summary>Two watches of one process do not tell the same moment at the same time.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    /// <summary>An event of Kubernetes is only a courtesy, sent again and again until the server takes it.</summary>
    private static readonly TimeSpan EventDelay = TimeSpan.FromMinutes(3);

    /// <summary>What somebody sets back by himself so soon need not have been said.</summary>
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(20);

    /// <summary>How long it takes to list anew, with pauses between attempts.</summary>
    private static readonly TimeSpan Relisting = TimeSpan.FromSeconds(10);

    private readonly List<string> _missed = [];
    private readonly List<string> _false = [];
    private readonly List<string> _blamed = [];
    private readonly List<(Finding Finding, double Milliseconds)> _detected = [];
    private readonly HashSet<Subject> _subjects = [];

    private readonly IReadOnlyList<long> _forgotten;

    private Reckoning(IReadOnlyList<long> forgotten) => _forgotten = forgotten;

    /// <summary>What the referee found and the operator did not say.</summary>
    public IReadOnlyList<string> Missed => _missed;

    /// <summary>What the operator said and the referee did not find.</summary>
    public IReadOnlyList<string> False => _false;

    /// <summary>What the operator said of somebody who it was not.</summary>
    public IReadOnlyList<string> WrongCulprit => _blamed;

    /// <summary>The objects that any of it is about.</summary>
    public IReadOnlySet<Subject> Subjects => _subjects;

    /// <summary>Findings that a status told, with the time from the event to the status, in milliseconds.</summary>
    public IReadOnlyList<(Finding Finding, double Milliseconds)> Detected => _detected;

    /// <summary>How many findings only an event told: they were over before a status could.</summary>
    public int ToldByEvent { get; private set; }

    /// <summary>How many findings had to be told.</summary>
    public int Required { get; private set; }

    /// <summary>
    /// How many others nobody can know: our write set the field right, a commit's or that of other drift of the object, while the
    /// server had forgotten the events that would have told.
    /// </summary>
    public int Forgotten { get; private set; }

    /// <summary>How many others were over too soon to be held against anybody.</summary>
    public int Excused { get; private set; }

    public static Reckoning Of(IReadOnlyList<Finding> findings, IReadOnlyList<Report> reports, IReadOnlyList<long>? forgotten = null)
    {
        var reckoning = new Reckoning(forgotten ?? []);
        var groups = findings.Select(static finding => finding.Subject).Concat(reports.Select(static report => report.Subject)).Distinct().ToList();
        var byFinding = findings.ToLookup(static finding => finding.Subject);
        var byReport = reports.ToLookup(static report => report.Subject);
        foreach (var subject in groups)
        {
            reckoning.Settle(subject, [.. byFinding[subject].OrderBy(static item => item.Since)], [.. byReport[subject].OrderBy(static item => item.Seen)]);
        }

        return reckoning;
    }

    private void Settle(Subject subject, List<Finding> findings, List<Report> reports)
    {
        var used = new HashSet<Report>();
        foreach (var finding in findings)
        {
            var fitting = reports.Where(report => IsAbout(report, finding)).ToList();
            foreach (var report in fitting.Where(report => !finding.Culprits.Contains(report.Manager, StringComparer.Ordinal)
                && !findings.Exists(other => IsAbout(report, other) && other.Culprits.Contains(report.Manager, StringComparer.Ordinal))))
            {
                Complain(_blamed, subject, $"{report}, and it was {finding}");
            }

            // One report tells one finding, or a second one that began while it still stood.
            var told = fitting.Find(report => !report.IsEvent && (used.Add(report) || report.Gone > finding.Since + Ticks(TimeSpan.FromMilliseconds(1))));
            if (told is not null)
            {
                Required++;
                _detected.Add((finding, Math.Max(0, Stopwatch.GetElapsedTime(finding.Since, told.Seen).TotalMilliseconds)));
            }
            else if (fitting.Exists(static report => report.IsEvent))
            {
                Required++;
                ToldByEvent++;
            }
            else if (IsExcused(finding, findings))
            {
                Excused++;
            }
            else if (finding.End == FindingEnd.SetRight && _forgotten.Any(moment => finding.Since < moment + Ticks(Relisting) && finding.Until > moment))
            {
                Forgotten++;
            }
            else
            {
                Required++;
                Complain(_missed, subject, finding.ToString());
            }
        }

        foreach (var report in reports.Where(report => !findings.Exists(finding => IsAbout(report, finding))))
        {
            Complain(_false, subject, report.ToString());
        }
    }

    private static bool IsExcused(Finding finding, List<Finding> all) => finding.End switch
    {
        FindingEnd.SetBack => Stopwatch.GetElapsedTime(finding.Since, finding.Until) < Brief,

        // The object went with its fields: that it did is the finding then.
        FindingEnd.Gone => Stopwatch.GetElapsedTime(finding.Since, finding.Until) < Brief && all.Exists(other => other.IsDeletion && other.Since == finding.Until),
        _ => false,
    };

    private static bool IsAbout(Report report, Finding finding)
    {
        var delay = report.IsEvent ? EventDelay : Brief;
        return IsPath(report.Path, finding)
            && report.Seen >= finding.Since - Ticks(Skew)
            && (finding.End == FindingEnd.Open || report.Seen <= finding.Until + Ticks(delay));
    }

    /// <summary>Whether a path of the operator tells this finding: a list or map that is gone as a whole is told by its own path.</summary>
    internal static bool IsPath(string path, Finding finding) => path == finding.Path
        || (path.Length > 0 && finding.Path.StartsWith(path, StringComparison.Ordinal) && finding.Path[path.Length] is '.' or '['
            && finding.Culprits.Contains(string.Empty, StringComparer.Ordinal));

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private void Complain(List<string> list, Subject subject, string text)
    {
        list.Add(text);
        _subjects.Add(subject);
    }
}
