using System.Diagnostics;
using System.Globalization;
using System.Text;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Provenance;

/// <param name="Text">What was signed.</param>
/// <param name="Signature">By whom.</param>
internal sealed record VerifiedText(byte[] Text, ChartSignature Signature);

/// <summary>
/// Checks a clear-signed text with gpg, in a home directory of its own that holds the given keys and nothing else, without an agent,
/// a network or our environment.
/// </summary>
internal sealed class SignedText
{
    private const int MaxStatus = 64 * 1024;

    private static readonly string[] Common =
        ["--batch", "--no-tty", "--no-options", "--no-autostart", "--no-auto-key-retrieve", "--no-auto-key-locate", "--disable-dirmngr", "--trust-model", "always"];

    private readonly ChartOptions _options;
    private readonly TimeProvider _time;

    public SignedText(ChartOptions options, TimeProvider time) => (_options, _time) = (options, time);

    /// <param name="file">The clear-signed text.</param>
    /// <param name="keys">OpenPGP public keys, armored or binary.</param>
    /// <param name="subject">Of messages: whose provenance file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException"><see cref="GitFailure.NotVerified"/>, or gpg cannot be run.</exception>
    public async Task<VerifiedText> VerifyAsync(
        byte[] file, IReadOnlyCollection<ReadOnlyMemory<byte>> keys, string subject, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
        {
            throw new GitException(GitFailure.NotVerified, $"{subject} has to be signed, but no key is given that may sign it");
        }

        var home = Directory.CreateTempSubdirectory("gitops-gpg-").FullName;
        try
        {
            foreach (var key in keys)
            {
                if (!(await RunAsync(home, ["--import"], key, cancellationToken)).Status.Contains("[GNUPG:] IMPORT_OK ", StringComparison.Ordinal))
                {
                    throw new GitException(GitFailure.NotVerified, $"{subject} has to be signed, but a key that is given for it is no OpenPGP public key");
                }
            }

            var (text, status) = await RunAsync(home, ["--decrypt"], file, cancellationToken);
            return new(text, Read(status, subject));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>What gpg tells programs: one line a fact.</summary>
    /// <exception cref="GitException">There is not exactly one signature, and a good one.</exception>
    internal static ChartSignature Read(string status, string subject)
    {
        var lines = status.Split('\n').Where(static line => line.StartsWith("[GNUPG:] ", StringComparison.Ordinal))
            .Select(static line => line["[GNUPG:] ".Length..].TrimEnd('\r')).ToList();
        string? Of(string word) => lines.Find(line => line.StartsWith(word + " ", StringComparison.Ordinal))?[(word.Length + 1)..];

        if ((Of("NO_PUBKEY") ?? Of("ERRSIG")) is { } unknown)
        {
            throw NotVerified(subject, $"is signed with the key {Word(unknown)}, which is none of those that may sign it");
        }

        if (Of("BADSIG") is { } bad)
        {
            throw NotVerified(subject, $"has a signature of the key {Word(bad)} that does not fit: it was changed after it was signed");
        }

        if ((Of("REVKEYSIG") ?? Of("EXPKEYSIG") ?? Of("EXPSIG")) is { } old)
        {
            throw NotVerified(subject, $"is signed with the key {Word(old)}, but the key is revoked, or it or the signature has expired");
        }

        var good = Count(lines, "GOODSIG ");
        if (good == 0 || Of("VALIDSIG") is not { } valid)
        {
            throw NotVerified(subject, "is not signed");
        }

        // With a second text or signature in the file, what was given out need not be what was signed.
        if (good > 1 || Count(lines, "NEWSIG") > 1 || Count(lines, "PLAINTEXT ") != 1)
        {
            throw NotVerified(subject, "holds more than one signed text");
        }

        // The last word is the primary key's fingerprint, the first that of the subkey which may have signed.
        var words = valid.Split(' ');
        var signer = Of("GOODSIG")!;
        return new(words[^1], GitErrors.Clean(signer[(signer.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
    }

    private static int Count(List<string> lines, string start) => lines.Count(line => line.StartsWith(start, StringComparison.Ordinal));

    private static string Word(string text) => GitErrors.Clean(text.Split(' ')[0]);

    private static GitException NotVerified(string subject, string why) => new(GitFailure.NotVerified, $"{subject}: its provenance file {why}");

    private async Task<(byte[] Output, string Status)> RunAsync(string home, string[] command, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_options.GpgProgram, [.. Common, "--homedir", home, "--status-fd", "2", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = home,
        };
        var path = start.Environment.TryGetValue("PATH", out var known) ? known : null;
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["HOME"] = home;
        start.Environment["GNUPGHOME"] = home;
        start.Environment["LC_ALL"] = "C";

        using var limit = new CancellationTokenSource(_options.VerificationTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var process = Start(start);
        try
        {
            var output = ReadAsync(process.StandardOutput.BaseStream, _options.MaxAnswerBytes, stop.Token);
            var status = ReadAsync(process.StandardError.BaseStream, MaxStatus, stop.Token);
            await WriteAsync(process, input, stop.Token);
            await Task.WhenAll(output, status);
            await process.WaitForExitAsync(stop.Token);
            return (await output, Encoding.UTF8.GetString(await status));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GitException(
                GitFailure.Timeout, string.Create(CultureInfo.InvariantCulture, $"checking a provenance file with {_options.GpgProgram} took longer than {_options.VerificationTimeout.TotalSeconds:0} s"));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new GitException(
                GitFailure.Other, $"provenance files cannot be checked: there is no program {_options.GpgProgram}; install GnuPG beside the operator", exception);
        }
    }

    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended before it read everything; what it said tells why.
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            // What is too long is read to its end all the same: the process would wait for us.
            if (all.Length < maxBytes)
            {
                await all.WriteAsync(buffer.AsMemory(0, (int)Math.Min(count, maxBytes - all.Length)), cancellationToken);
            }
        }

        return all.ToArray();
    }
}
