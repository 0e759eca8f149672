using System.Text;
using System.Text.RegularExpressions;
using GitOps.Operator.Credentials;
using GitOps.Operator.Credentials.Expiry;

namespace GitOps.Operator.Git;

/// <summary>From what git wrote to stderr (in the C locale) to a typed failure with a message a user can act on.</summary>
internal static partial class GitErrors
{
    private const int MaxLine = 300;

    private const string NoSecret =
        "; no credentials were sent, since no Secret for this URL may be used by the Application: make one in its namespace with label "
        + CredentialSecret.OurLabel + "=repository, or one in the operator's namespace that names the Application's in its annotation " + CredentialKeys.AllowedNamespaces;

    // Where ssh ends, git only says that it could not read; these say why.
    private static readonly string[] SaysOfSsh = ["HOST IDENTIFICATION HAS CHANGED", "host key is known for", "Permission denied (", "Load key"];

    private static readonly (GitFailure Kind, string[] Signs)[] Table =
    [
        (GitFailure.NotAllowed, ["not allowed"]),
        (GitFailure.RevisionNotFound, ["not our ref", "couldn't find remote ref"]),
        (GitFailure.UntrustedServer,
        [
            "Host key verification failed", "HOST IDENTIFICATION HAS CHANGED", "server certificate verification failed", "certificate problem",
            "certificate verify failed", "SSL: no alternative certificate subject name", "does not match target host name",
            "SSL: certificate subject name",
        ]),
        (GitFailure.Moved, ["returned error: 301", "returned error: 302", "returned error: 303", "returned error: 307", "returned error: 308"]),
        (GitFailure.Authentication,
        [
            "Authentication failed", "could not read Username", "could not read Password", "Permission denied (", "returned error: 401",
            "returned error: 403", "returned error: 407", "response 407", "407 from proxy", "dubious ownership", "Permission denied, please try again",
            "Authorization error:", "Git credentials for",
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
        return new GitException(kind, $"{Clean(repository)}: {Explain(kind)}{detail}") { IsWithheld = kind == GitFailure.RevisionNotFound && IsWithheld(stderr) };
    }

    /// <summary>A failure with what was used to reach the server, and the way out.</summary>
    public static GitException OfAccess(GitException failure, GitUrl url, RepositoryCredential? credential, DateTimeOffset now)
    {
        // nginx says so where a client certificate is missing or not accepted.
        if (url.Transport == GitTransport.Https && failure.Message.Contains("returned error: 400", StringComparison.Ordinal))
        {
            failure = new GitException(
                GitFailure.Authentication, $"{failure.Message}; servers say so, too, where a client certificate is missing or not accepted", failure);
        }

        return WayOut(failure, url, credential, now) is { Length: > 0 } wayOut ? new GitException(failure.Kind, failure.Message + wayOut, failure) : failure;
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

        if (IsWithheld(stderr))
        {
            return GitFailure.RevisionNotFound;
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

    // Git's own words, and those of servers in Java.
    private static bool IsWithheld(string stderr) =>
        stderr.Contains("unadvertised object", StringComparison.OrdinalIgnoreCase)
        || (stderr.Contains("want ", StringComparison.Ordinal) && stderr.Contains(" not valid", StringComparison.Ordinal));

    private static string Explain(GitFailure kind) => kind switch
    {
        GitFailure.NotFound => "there is no such repository, or it is hidden from us; check the URL: ",
        GitFailure.Authentication => "the server refused access; the repository does not exist or needs (other) credentials: ",
        GitFailure.UntrustedServer => "who the server is cannot be proven: ",
        GitFailure.Moved => "the server sends us elsewhere: ",
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
        var best = lines.FirstOrDefault(static line => SaysOfSsh.Any(sign => line.Contains(sign, StringComparison.Ordinal))
                && !line.StartsWith("remote:", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(static line => line.StartsWith("fatal:", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(static line => line.StartsWith("error:", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(static line => line.StartsWith("Error downloading object:", StringComparison.Ordinal))
            ?? lines.FirstOrDefault()
            ?? string.Empty;
        var colon = best.IndexOf(": ", StringComparison.Ordinal);
        return Clean(colon is > 0 and < 7 ? best[(colon + 2)..] : best.Trim('@', ' '));
    }

    private static string WayOut(GitException failure, GitUrl url, RepositoryCredential? credential, DateTimeOffset now)
    {
        var isSsh = url.Transport == GitTransport.Ssh;
        var used = credential is null ? null : $"Secret {credential.Origin}";
        return failure.Kind switch
        {
            GitFailure.Authentication when credential?.Proxy is not null && failure.Message.Contains("407", StringComparison.Ordinal) =>
                $"; the proxy refused the login in key proxy of {used}",
            GitFailure.Authentication or GitFailure.NotFound when credential is null => NoSecret,
            GitFailure.Authentication or GitFailure.NotFound when Ended(isAboutServer: false) is { } ended => $"; {used} was used, and {ended}: replace what it holds",
            GitFailure.Authentication when isSsh => credential!.SshPrivateKey is null
                ? $"; {used} was used, and has no sshPrivateKey" : $"; the key of {used} was used: check that the server knows its public half",
            GitFailure.Authentication when credential is { Username: null, Password: null, BearerToken: null, GitHubApp: null, TlsClientCertificate: null } =>
                $"; {used} was used, and holds no login",
            GitFailure.Authentication => $"; {used} was used: check that what it holds is right, has not expired, and may read this repository",
            GitFailure.NotFound => $"; {used} was used",
            GitFailure.UntrustedServer when isSsh && failure.Message.Contains("HAS CHANGED", StringComparison.Ordinal) =>
                $"; somebody may be between us and it, or it has another key now: compare the key's fingerprint with what its administrator says, then correct the line in {Hosts(used)}",
            GitFailure.UntrustedServer when isSsh =>
                $"; add the line that ssh-keyscan prints for it, once its administrator has confirmed the fingerprint, to {Hosts(used)}",
            GitFailure.UntrustedServer when Ended(isAboutServer: true) is { } ended => $"; {used} was used, and {ended}: add its successor there",
            GitFailure.UntrustedServer => $"; add the certificate of the authority that vouches for it to key {CredentialKeys.Authorities} of {used ?? "a Secret for this URL"}, or to ConfigMap {CredentialKeys.TlsConfigMap} in the operator's namespace",
            GitFailure.Moved => $"; credentials are not sent there: write the URL that the repository has now",
            GitFailure.Unreachable or GitFailure.Timeout when credential?.Proxy is not null => $"; the proxy of {used} was used",
            GitFailure.Unreachable when credential?.TlsClientCertificate is not null && Ended(isAboutServer: false) is { } ended =>
                $"; perhaps it does not accept the client certificate of {used}: {ended}",
            GitFailure.Unreachable when credential?.TlsClientCertificate is not null =>
                $"; perhaps it does not accept the client certificate of {used}",
            _ => string.Empty,
        };

        string? Ended(bool isAboutServer) => CredentialEnds.Ended(credential, isAboutServer, now);

        static string Hosts(string? used) =>
            $"key {CredentialKeys.KnownHosts} of {used ?? "the Secret for this URL"}, or to ConfigMap {CredentialKeys.KnownHostsConfigMap} in the operator's namespace";
    }

    [GeneratedRegex(@"://[^/\s@]*@", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex UserInfo();
}
