using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Git;

/// <summary>From what git wrote to stderr (in the C locale) to a typed failure with a message a user can act on.</summary>
internal static partial class GitErrors
{
    private const int MaxLine = 300;

    private static readonly (GitFailure Kind, string[] Signs)[] Table =
    [
        (GitFailure.NotAllowed, ["not allowed"]),
        (GitFailure.RevisionNotFound, ["not our ref", "couldn't find remote ref", "unadvertised object"]),
        (GitFailure.Authentication,
        [
            "Authentication failed", "could not read Username", "could not read Password", "Permission denied (", "returned error: 401",
            "returned error: 403", "Host key verification failed", "dubious ownership",
        ]),
        (GitFailure.NotFound,
        [
            "does not appear to be a git repository", "returned error: 404", "returned error: 410", "Repository not found", "not found",
            "does not exist",
        ]),
        (GitFailure.Unreachable,
        [
            "Could not resolve host", "Failed to connect", "Couldn't connect", "Connection refused", "Connection timed out",
            "Connection reset", "Operation timed out", "Operation too slow", "SSL", "certificate", "unable to access", "early EOF",
            "hung up unexpectedly", "returned error: 5", "No route to host", "Network is unreachable", "Could not read from remote",
            "unexpected disconnect",
        ]),
    ];

    private static readonly string[] DamageSigns =
    [
        "corrupt", "inflate", "bad object", "unable to read tree", "unable to read sha1", "not a git repository", "cannot be accessed",
        "is too small", "wrong index", "bad config", "packfile", "does not match index", "missing blob", "missing tree", "bad tree",
        "unable to parse commit", "unable to find", "invalid sha1 pointer", "did not send all necessary objects", "broken",
        "unknown repository extension", "mismatched algorithms", "too short to be a packfile", "Expected git repo version",
    ];

    /// <remarks>
    /// <para><paramref name="repository"/>: What to call the repository in the message.</para>
    /// <para><paramref name="touchesMirror"/>: Whether the command worked on a mirror, so that signs of damage point to it.</para>
    /// </remarks>
    public static GitException From(string repository, string operation, string stderr, int exitCode, bool touchesMirror)
    {
        var line = BestLine(stderr);
        var kind = Classify(stderr, touchesMirror);
        var detail = line.Length > 0 ? line : $"git {operation} ended with exit code {exitCode}";
        return new GitException(kind, $"{Clean(repository)}: {Explain(kind)}{detail}");
    }

    /// <summary>One line without control characters and without the userinfo of URLs.</summary>
    public static string Clean(string text)
    {
        var builder = new StringBuilder(Math.Min(text.Length, MaxLine));
        foreach (var c in UserInfo().Replace(text, "://"))
        {
            if (builder.Length == MaxLine)
            {
                builder.Append('…');
                break;
            }

            builder.Append(char.IsControl(c) ? ' ' : c);
        }

        return builder.ToString().Trim();
    }

    private static GitFailure Classify(string stderr, bool touchesMirror)
    {
        if (stderr.Contains("does not appear to be a git repository", StringComparison.OrdinalIgnoreCase))
        {
            return GitFailure.NotFound;
        }

        if (touchesMirror && DamageSigns.Any(sign => stderr.Contains(sign, StringComparison.OrdinalIgnoreCase)))
        {
            return GitFailure.Corrupt;
        }

        foreach (var (kind, signs) in Table)
        {
            if (signs.Any(sign => stderr.Contains(sign, StringComparison.OrdinalIgnoreCase)))
            {
                return kind;
            }
        }

        return GitFailure.Other;
    }

    private static string Explain(GitFailure kind) => kind switch
    {
        GitFailure.NotFound => "there is no such repository, or it is hidden from us; check the URL: ",
        GitFailure.Authentication => "the server refused access; the repository does not exist or needs (other) credentials: ",
        GitFailure.Unreachable => "the server cannot be reached; retrying: ",
        GitFailure.NotAllowed => "the protocol is not allowed; use https or ssh: ",
        GitFailure.RevisionNotFound => "the server does not have this object: ",
        GitFailure.Corrupt => "the local mirror is damaged and will be cloned again: ",
        _ => string.Empty,
    };

    // Git says what happened in its first "fatal:" line; "remote:" lines before it are the server's own explanation.
    private static string BestLine(string stderr)
    {
        var lines = stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var fatal = lines.FirstOrDefault(static line => line.StartsWith("fatal:", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(static line => line.StartsWith("error:", StringComparison.Ordinal))
            ?? lines.FirstOrDefault()
            ?? string.Empty;
        var colon = fatal.IndexOf(": ", StringComparison.Ordinal);
        return Clean(colon is > 0 and < 7 ? fatal[(colon + 2)..] : fatal);
    }

    [GeneratedRegex(@"://[^/\s@]*@", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex UserInfo();
}
