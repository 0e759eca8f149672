using System.Text.RegularExpressions;

namespace GitOps.Sandbox.Tests.Clients.Kubectl;

/// <summary>
/// What kubectl writes, without what differs from run to run: times, ages, uids, versions, addresses, temporary files; and of
/// <c>explain</c> without the prose, which the sandbox has for custom resources alone.
/// </summary>
internal static partial class SessionText
{
    public static IEnumerable<string> Lines(string text, IReadOnlyList<string> words)
    {
        var isExplain = words.Contains("explain", StringComparer.Ordinal);
        return text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n').Where(line => !DiffHeader().IsMatch(line))
            .Where(line => !isExplain || Structure().IsMatch(line)).Select(Normalise);
    }

    private static string Normalise(string line)
    {
        line = LogHead().Replace(line, "LOG ");
        line = Uid().Replace(line, "UID");
        line = Timestamp().Replace(line, "TIME");
        line = Date().Replace(line, "TIME");
        line = ResourceVersion().Replace(line, "${name}RV");
        line = Server().Replace(line, "https://SERVER");
        line = Version().Replace(line, "v1.36.x");
        line = Address().Replace(line, "10.96.x.x");
        line = TemporaryFile().Replace(line, "TMP");
        line = Build().Replace(line, "${name} …");
        line = Columns().Replace(line, "  ");
        line = Age().Replace(line, "AGE");
        return line.TrimEnd();
    }

    [GeneratedRegex(@"^[IWE]\d{4} [\d:.]+ +\d+ \w+\.go:\d+\] ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LogHead();

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Uid();

    [GeneratedRegex(@"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Timestamp();

    [GeneratedRegex(@"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d [+-]\d{4}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Date();

    [GeneratedRegex("(?<name>(\"resourceVersion\": ?|resourceVersion: |Resource Version: *))\"?[0-9]+\"?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ResourceVersion();

    [GeneratedRegex(@"https://127\.0\.0\.1:\d+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Server();

    [GeneratedRegex(@"v1\.36\.\d+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Version();

    [GeneratedRegex(@"10\.96\.\d+\.\d+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();

    [GeneratedRegex(@"/tmp/[\w./-]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TemporaryFile();

    [GeneratedRegex("(?<name>(compiler|gitCommit|goVersion|buildDate|platform)):.*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Build();

    /// <summary>Columns are as wide as their widest cell, which may be an age.</summary>
    [GeneratedRegex(@"(?<=\S) {2,}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Columns();

    [GeneratedRegex(@"(?<=\S  )\d+[smhdy](\d+[smhd])?(?=  |$)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Age();

    [GeneratedRegex(@"^(diff |--- /|\+\+\+ /)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DiffHeader();

    [GeneratedRegex(@"^(GROUP|KIND|VERSION|RESOURCE|FIELD|FIELDS|DESCRIPTION|error|Error|Warning)|\t<|^ +enum: |^customresource", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Structure();
}
