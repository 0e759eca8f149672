using System.Diagnostics;
using System.Globalization;
using System.Text;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;

namespace GitOps.Operator.Charts.Provenance;

/// <param name="Text">What was signed.</param>
/// <param name="Signature">By whom.</param>
internal sealed record VerifiedText(byte[] Text, SignatureFinding Signature);

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

            var (listing, _) = await RunAsync(home, ["--with-colons", "--fixed-list-mode", "--with-subkey-fingerprint", "--list-keys"], default, cancellationToken);
            var (text, status) = await RunAsync(home, ["--decrypt"], file, cancellationToken);
            return new(text, Read(status, GpgStatus.Keys(Encoding.UTF8.GetString(listing)), subject));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <param name="status">What gpg tells programs: one line a fact.</param>
    /// <param name="keys">Those that may sign, with when they expire.</param>
    /// <param name="subject">Of messages.</param>
    /// <exception cref="GitException">There is not exactly one signature, and a good one.</exception>
    internal static SignatureFinding Read(string status, IReadOnlyDictionary<string, DateTimeOffset?> keys, string subject)
    {
        var finding = GpgStatus.Read(status, keys) ?? SignatureFinding.NotSigned;
        if (!finding.IsGood)
        {
            throw NotVerified(subject, finding.Problem, finding);
        }

        // With a second text in the file, what was given out need not be what was signed.
        return status.Split('\n').Count(static line => line.StartsWith("[GNUPG:] PLAINTEXT ", StringComparison.Ordinal)) == 1
            ? finding with { Signer = finding.Signer is null ? null : GitErrors.Clean(finding.Signer) }
            : throw NotVerified(subject, "holds more than one signed text", new(SignatureState.UnsupportedSignature, finding.Format, finding.Fingerprint));
    }

    private static GitException NotVerified(string subject, string why, SignatureFinding finding) =>
        new(GitFailure.NotVerified, $"{subject}: its provenance file {why}") { Signature = finding };

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
