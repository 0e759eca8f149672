namespace GitOps.Operator.Git.Signatures;

/// <summary>
/// Keys in a directory of their own, readable by us alone, for the programs that check signatures; gone when disposed. Nothing else
/// is trusted: no keyring of the machine, no key server, no agent.
/// </summary>
internal sealed class Keyring : IDisposable
{
    private const string GpgPackage = "gpg";
    private const UnixFileMode OursAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly string[] GpgSettings =
        ["batch", "no-tty", "no-greeting", "no-autostart", "disable-dirmngr", "no-auto-key-retrieve", "no-auto-key-locate", "trust-model always"];

    private readonly string _directory;

    private Keyring(string directory, IReadOnlyList<KeyValuePair<string, string>> config, IReadOnlyDictionary<string, string> variables)
    {
        _directory = directory;
        Config = config;
        Variables = variables;
    }

    /// <summary>Settings of git that make it use these keys.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Config { get; }

    /// <summary>Of the environment, to the same end.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Fingerprints of OpenPGP keys, with when they expire.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset?> OpenPgp { get; private set; } = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);

    /// <exception cref="VerificationException">gpg is missing, or makes nothing of a key.</exception>
    public static async Task<Keyring> OpenAsync(GitOptions options, string root, VerificationKeys keys, ToolRun tools, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(root, Guid.NewGuid().ToString("N"));
        var home = Path.Combine(directory, "gnupg");
        var signers = Path.Combine(directory, "allowed_signers");
        var keyring = new Keyring(
            directory,
            [
                new("gpg.program", options.GpgProgram), new("gpg.openpgp.program", options.GpgProgram), new("gpg.x509.program", "false"),
                new("gpg.ssh.program", options.SshKeygenProgram),
                new("gpg.ssh.allowedSignersFile", signers),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["GNUPGHOME"] = home, ["TMPDIR"] = directory, ["GIT_NO_REPLACE_OBJECTS"] = "1" });
        try
        {
            foreach (var place in (string[])[root, directory, home])
            {
                Make(place);
            }

            await File.WriteAllLinesAsync(Path.Combine(home, "gpg.conf"), GpgSettings, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(home, "common.conf"), string.Empty, cancellationToken);
            await File.WriteAllTextAsync(signers, string.Concat(keys.Signers.Select(static line => line + "\n")), cancellationToken);
            await keyring.ImportAsync(options.GpgProgram, keys, tools, cancellationToken);
            return keyring;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            keyring.Dispose();
            throw new VerificationException("VerificationFailed", $"the directory for keys cannot be used: {exception.Message}", exception);
        }
        catch
        {
            keyring.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Public keys, in a directory that is emptied at the next start.
        }
    }

    private async Task ImportAsync(string gpg, VerificationKeys keys, ToolRun tools, CancellationToken cancellationToken)
    {
        foreach (var block in keys.OpenPgp)
        {
            var answer = await tools.RunAsync(gpg, GpgPackage, ["--status-fd", "1", "--import"], [], Variables, block.Text, cancellationToken);
            if (!answer.Output.Contains("[GNUPG:] IMPORT_OK ", StringComparison.Ordinal))
            {
                throw new VerificationException("KeysInvalid", $"{block.Origin} has an OpenPGP block that gpg can make no key of");
            }
        }

        if (!keys.OpenPgp.IsEmpty)
        {
            var listing = await tools.RunAsync(
                gpg, GpgPackage, ["--with-colons", "--fixed-list-mode", "--with-subkey-fingerprint", "--list-keys"], [], Variables, string.Empty, cancellationToken);
            OpenPgp = GpgStatus.Keys(listing.Output);
        }
    }

    private static void Make(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OursAlone);
        }
    }
}
