using System.Collections.Immutable;
using System.Globalization;
using GitOps.Operator.Model;

namespace GitOps.Operator.Git.Signatures;

/// <summary>Reads history and checks signatures with git itself, on the mirrors.</summary>
internal sealed class SignedHistory : ISignedHistory, IDisposable
{
    private const int MaxKnown = 50_000;
    private const int MaxTags = 16;
    private const int Parallelism = 2;
    private const int FieldsOfCommit = 4;
    private const string GitPackage = "git";
    private const string TagPrefix = "refs/tags/";

    private readonly Func<RepositoryAddress, GitRepository> _find;
    private readonly GitOptions _options;
    private readonly ToolRun _tools;
    private readonly TimeProvider _time;
    private readonly string _keysDirectory;
    private readonly SemaphoreSlim _turns = new(Parallelism);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Keys, string Sha), SignatureFinding> _known = [];

    public SignedHistory(Func<RepositoryAddress, GitRepository> find, GitOptions options, TimeProvider time)
    {
        _find = find;
        _options = options;
        _tools = new(options, time);
        _time = time;
        _keysDirectory = Path.Combine(options.CacheDirectory, "keys");

        // What a killed process left.
        if (Directory.Exists(_keysDirectory))
        {
            Directory.Delete(_keysDirectory, recursive: true);
        }
    }

    public async Task<CommitRange> RangeAsync(
        RepositoryAddress repository, string sha, IReadOnlyCollection<string> excluded, bool firstParentOnly, int limit, CancellationToken cancellationToken)
    {
        var mirror = _find(repository);
        return await mirror.ReadMirrorAsync(
            [sha, .. excluded],
            async directory =>
            {
                var commits = await LogAsync(
                    mirror, directory,
                    [
                        firstParentOnly ? "--first-parent" : "--topo-order", string.Create(CultureInfo.InvariantCulture, $"--max-count={limit + 1}"),
                        sha, .. excluded.Select(static item => "^" + item),
                    ],
                    cancellationToken);
                if (!commits.Any(commit => commit.Sha == sha))
                {
                    // It is older than what is left out, and is looked at all the same.
                    commits = [.. await LogAsync(mirror, directory, ["--max-count=1", sha], cancellationToken), .. commits];
                }

                CheckWhole(mirror, directory, commits);
                return new CommitRange(commits, commits.Length > limit);
            },
            cancellationToken);
    }

    public async Task<IReadOnlyDictionary<string, SignatureFinding>> CheckCommitsAsync(
        RepositoryAddress repository, IReadOnlyCollection<string> shas, VerificationKeys keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, SignatureFinding>(StringComparer.Ordinal);
        Recall(shas, keys, found);
        if (found.Count < shas.Count)
        {
            // Many Applications ask for the same commits at once: the first one's answers serve the others.
            await _turns.WaitAsync(cancellationToken);
            try
            {
                Recall(shas, keys, found);
                var open = shas.Where(sha => !found.ContainsKey(sha)).ToList();
                if (open.Count > 0)
                {
                    using var keyring = await Keyring.OpenAsync(_options, _keysDirectory, keys, _tools, cancellationToken);
                    foreach (var sha in open)
                    {
                        found[sha] = Remember(keys, sha, await CheckCommitAsync(repository, sha, keys, keyring, cancellationToken));
                    }
                }
            }
            finally
            {
                _turns.Release();
            }
        }

        return found;
    }

    public async Task<TagFinding> CheckTagAsync(
        RepositoryAddress repository, string sha, string? tag, Func<string, bool> isAllowed, VerificationKeys keys, bool again,
        CancellationToken cancellationToken)
    {
        var mirror = _find(repository);
        await mirror.CatchUpAsync(again, cancellationToken);
        return await mirror.ReadMirrorAsync(
            [sha],
            async directory =>
            {
                var answer = await GitAsync(
                    mirror, directory,
                    ["for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", .. tag is null ? (string[])[$"--points-at={sha}", TagPrefix] : [tag]],
                    cancellationToken);
                var tags = answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ', 3))
                    .Where(parts => parts.Length == 3 && (tag is null ? isAllowed(parts[2]) : parts[2] == tag)).Take(MaxTags).ToList();
                if (tags.Count == 0)
                {
                    return new TagFinding(null, SignatureFinding.NotSigned, tag is null ? "no tag points to it" : $"{tag} is not there any more");
                }

                using var keyring = await Keyring.OpenAsync(_options, _keysDirectory, keys, _tools, cancellationToken);
                TagFinding? last = null;
                foreach (var parts in tags)
                {
                    last = await CheckTagAsync(mirror, directory, parts, sha, keys, keyring, cancellationToken);
                    if (last is { Finding.IsGood: true, Problem: null })
                    {
                        break;
                    }
                }

                return last!;
            },
            cancellationToken);
    }

    public async Task<IReadOnlyList<string>> NamesOfAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken)
    {
        var mirror = _find(repository);
        await mirror.CatchUpAsync(again: false, cancellationToken);
        return await mirror.ReadMirrorAsync(
            [sha],
            async directory => (IReadOnlyList<string>)
            [
                .. Lines(await GitAsync(mirror, directory, ["for-each-ref", "--format=%(refname)", $"--contains={sha}", "refs/heads/"], cancellationToken)),
                .. Lines(await GitAsync(mirror, directory, ["for-each-ref", "--format=%(refname)", $"--points-at={sha}", TagPrefix], cancellationToken)),
            ],
            cancellationToken);
    }

    public void Dispose() => _turns.Dispose();

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A mirror that has only part of the history does not show what lies behind its edge.</summary>
    private static void CheckWhole(GitRepository mirror, string directory, ImmutableArray<RangeCommit> commits)
    {
        var edge = Path.Combine(directory, "shallow");
        if (commits.Length > 1 && File.Exists(edge) && File.ReadAllLines(edge).ToHashSet(StringComparer.Ordinal) is var cut && commits.Any(commit => cut.Contains(commit.Sha)))
        {
            throw new VerificationException("HistoryIncomplete", $"{mirror.Remote.Url.Key}: only part of the history was fetched, so nobody can say what came with this commit");
        }
    }

    private static ImmutableArray<RangeCommit> ReadLog(string text)
    {
        var fields = text.Split('\0');
        var commits = ImmutableArray.CreateBuilder<RangeCommit>();
        for (var i = 0; i + FieldsOfCommit <= fields.Length; i += FieldsOfCommit)
        {
            var signers = fields[i + 3].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Mail).Where(static mail => mail.Length > 0);
            commits.Add(new(fields[i], fields[i + 1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length, fields[i + 2].Trim(), [.. signers]));
        }

        return commits.ToImmutable();
    }

    private static string Mail(string person)
    {
        var open = person.LastIndexOf('<');
        var close = person.LastIndexOf('>');
        return open >= 0 && close > open ? person[(open + 1)..close].Trim() : string.Empty;
    }

    private async Task<ImmutableArray<RangeCommit>> LogAsync(
        GitRepository mirror, string directory, IReadOnlyList<string> arguments, CancellationToken cancellationToken) => ReadLog(await GitAsync(
            mirror, directory,
            ["log", "-z", "--no-show-signature", "--no-color", "--no-decorate", "--no-notes", "--no-mailmap", "--no-patch",
                "--format=tformat:%H%x00%P%x00%ae%x00%(trailers:key=Signed-off-by,valueonly=true,unfold=true)", .. arguments, "--"],
            cancellationToken));

    private async Task<SignatureFinding> CheckCommitAsync(
        RepositoryAddress repository, string sha, VerificationKeys keys, Keyring keyring, CancellationToken cancellationToken)
    {
        var mirror = _find(repository);
        var format = (await mirror.CommitAsync(sha, cancellationToken)).SignatureFormat;
        if (Unchecked(format, keys) is { } early)
        {
            return early;
        }

        return await mirror.ReadMirrorAsync(
            [sha], async directory => Read(await VerifyAsync(directory, "verify-commit", sha, keyring, cancellationToken), keys, keyring), cancellationToken);
    }

    private async Task<TagFinding> CheckTagAsync(
        GitRepository mirror, string directory, string[] parts, string sha, VerificationKeys keys, Keyring keyring, CancellationToken cancellationToken)
    {
        var (type, id, name) = (parts[0], parts[1], parts[2]);
        if (type != "tag")
        {
            return id != sha ? Moved(name) : new(name, SignatureFinding.NotSigned, $"{name} is a lightweight tag, which cannot be signed; make it with git tag --sign");
        }

        // A signed tag under another name is somebody's word on something else.
        var headers = Lines((await GitAsync(mirror, directory, ["cat-file", "tag", id], cancellationToken)).Split("\n\n", 2)[0]);
        if (headers is not [var target, "type commit", var said, ..] || !target.StartsWith("object ", StringComparison.Ordinal))
        {
            return new(name, SignatureFinding.NotSigned, $"{name} points to another tag instead of a commit");
        }

        if (target != $"object {sha}")
        {
            return Moved(name);
        }

        if (!said.StartsWith("tag ", StringComparison.Ordinal) || TagPrefix + said[4..] != name)
        {
            return new(name, SignatureFinding.NotSigned, $"{name} is a copy of a tag that was made under another name");
        }

        return new(name, Read(await VerifyAsync(directory, "verify-tag", id, keyring, cancellationToken), keys, keyring), null);
    }

    private static TagFinding Moved(string name) => new(name, SignatureFinding.NotSigned, $"{name} has moved meanwhile");

    private static SignatureFinding? Unchecked(string? format, VerificationKeys keys) => format switch
    {
        null => SignatureFinding.NotSigned,
        "x509" => new(SignatureState.UnsupportedSignature, format),
        "openpgp" when keys.OpenPgp.IsEmpty => new(SignatureState.UnknownKey, format),
        "ssh" when keys.Signers.IsEmpty => new(SignatureState.UnknownKey, format),
        _ => null,
    };

    private SignatureFinding Read(ToolAnswer answer, VerificationKeys keys, Keyring keyring)
    {
        var said = answer.Errors;
        if (said.Contains("cannot run ", StringComparison.Ordinal))
        {
            throw said.Contains($"cannot run {_options.SshKeygenProgram}", StringComparison.Ordinal)
                ? VerificationException.NoProgram(_options.SshKeygenProgram, "openssh-client")
                : VerificationException.NoProgram(_options.GpgProgram, "gpg");
        }

        if (said.Contains("no signature found", StringComparison.Ordinal))
        {
            return SignatureFinding.NotSigned;
        }

        var openPgp = GpgStatus.Read(said, keyring.OpenPgp);
        var ssh = SshStatus.Read(said, answer.ExitCode == 0, keys.SshFingerprints);
        var finding = (openPgp, ssh) switch
        {
            ({ } one, null) => one,
            (null, { } one) => one,
            _ => new SignatureFinding(SignatureState.UnsupportedSignature),
        };

        // Git's own word counts as well.
        return finding.IsGood && answer.ExitCode != 0 ? finding with { State = SignatureState.BadSignature } : finding;
    }

    private Task<ToolAnswer> VerifyAsync(string directory, string command, string id, Keyring keyring, CancellationToken cancellationToken) => _tools.RunAsync(
        _options.GitProgram, GitPackage, ["--git-dir=" + directory, command, "--raw", id], keyring.Config, keyring.Variables, string.Empty, cancellationToken);

    private async Task<string> GitAsync(GitRepository mirror, string directory, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var answer = await _tools.RunAsync(
            _options.GitProgram, GitPackage, ["--git-dir=" + directory, .. arguments], [], NoReplacements, string.Empty, cancellationToken);
        return answer.ExitCode == 0
            ? answer.Output
            : throw GitErrors.From(mirror.Remote.Url.Key, arguments[0], answer.Errors, answer.ExitCode, touchesMirror: true);
    }

    private static Dictionary<string, string> NoReplacements { get; } = new(StringComparer.Ordinal) { ["GIT_NO_REPLACE_OBJECTS"] = "1" };

    private void Recall(IReadOnlyCollection<string> shas, VerificationKeys keys, Dictionary<string, SignatureFinding> found)
    {
        lock (_lock)
        {
            foreach (var sha in shas)
            {
                if (_known.TryGetValue((keys.Id, sha), out var known) && !(known.GoodUntil <= _time.GetUtcNow()))
                {
                    found[sha] = known;
                }
            }
        }
    }

    private SignatureFinding Remember(VerificationKeys keys, string sha, SignatureFinding finding)
    {
        lock (_lock)
        {
            if (_known.Count >= MaxKnown)
            {
                _known.Clear();
            }

            return _known[(keys.Id, sha)] = finding;
        }
    }
}
