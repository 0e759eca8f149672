using System.Reflection;
using System.Text.RegularExpressions;
using GitOps.Operator.Auditing;
using GitOps.Operator.Observability;
using GitOps.Operator.Tests.Architecture;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Tests.Observability;

/// <summary><c>docs/events.md</c> has every event of the log and every reason of a Kubernetes event, and no other.</summary>
public sealed partial class EventCatalogTests
{
    private const BindingFlags AnyMethod =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "events.md"));

    [Fact]
    public void Every_event_of_the_log_is_listed_with_its_level_and_its_message()
    {
        var expected = typeof(LogEvents).Assembly.GetTypes().SelectMany(static type => type.GetMethods(AnyMethod))
            .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().OrderBy(static entry => entry.EventId)
            .Select(static entry => $"| {entry.EventId} | {entry.Level} | `{entry.Message.Replace('\n', ' ').Replace("|", "\\|", StringComparison.Ordinal)}` | ").ToList();
        var listed = Lines.Where(static line => LogRow().IsMatch(line)).ToList();
        listed.Select(static line => LogRow().Match(line).Value).ShouldBe(expected);
        listed.Where(static line => (line.Contains("| Warning |", StringComparison.Ordinal) || line.Contains("| Error |", StringComparison.Ordinal))
            && line.EndsWith("| – |", StringComparison.Ordinal)).ShouldBeEmpty("a warning says what to do");
    }

    [Fact]
    public void Every_reason_of_an_event_is_listed()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "GitOps.Operator"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText).ToList();
        var constants = sources.SelectMany(static text => Constant().Matches(text)).ToLookup(static match => match.Groups["name"].Value, static match => match.Groups["value"].Value, StringComparer.Ordinal);
        var listed = Lines.Select(static line => EventRow().Match(line)).Where(static match => match.Success).Select(static match => match.Groups["reason"].Value).ToList();
        listed.Distinct(StringComparer.Ordinal).Count().ShouldBe(listed.Count);
        var said = sources.SelectMany(static text => Call().Matches(text)).Select(static match => match.Groups["reason"].Value).ToList();
        said.Count.ShouldBeGreaterThan(25);
        var missing = said.Where(reason => reason.StartsWith('"')
            ? !listed.Contains(reason.Trim('"'), StringComparer.Ordinal)
            : constants[reason.Split('.')[^1]] is { } values && values.Any() && !values.Any(value => listed.Contains(value, StringComparer.Ordinal)));
        missing.ShouldBeEmpty();
        Enum.GetValues<AuditReason>().Select(AuditTrail.EventReason).Except(listed, StringComparer.Ordinal).ShouldBeEmpty();
        var text = string.Concat(sources);
        listed.Where(reason => !text.Contains($"\"{reason}\"", StringComparison.Ordinal)).ShouldBeEmpty("nobody says it");
    }

    [GeneratedRegex(@"^\| \d+ \| \w+ \| `.*` \| ", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LogRow();

    [GeneratedRegex(@"^\| `(?<reason>[A-Z]\w+)` \| [NW] \| ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EventRow();

    [GeneratedRegex("""const string (?<name>\w+) = "(?<value>\w+)";""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Constant();

    [GeneratedRegex("""([eE]vents\??\.(Normal|Warning)|\bSay)\(\s*[\w.]+,\s*(?<reason>"\w+"|[\w.]+),""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Call();
}
