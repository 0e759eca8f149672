using System.Diagnostics;

namespace GitOps.Testing;

/// <summary>
/// People with keys: OpenPGP by gpg, SSH by ssh-keygen, in a directory of the test's own, at times of its own. Gives the settings
/// with which git signs as one of them.
/// </summary>
public sealed class Signing
{
    private readonly string _root;

    private Signing(string root) => _root = root;

    /// <summary>Where both programs are there; else the test is skipped, and in CI fails.</summary>
    public static Signing Require(string directory)
    {
        TestProgram.Require("GITOPS_TEST_GPG");
        TestProgram.Require("GITOPS_TEST_SSH_KEYGEN");

        // Short: a socket's path has little room.
        Directory.CreateDirectory(directory);
        return new(directory);
    }

    /// <summary>Makes an OpenPGP key.</summary>
    /// <param name="name">Of the directory, and of the person.</param>
    /// <param name="expire">As gpg reads it: <c>0</c>, <c>1d</c>.</param>
    /// <param name="at">When it is made, for example <c>20200101T000000</c>; null: now.</param>
    /// <param name="use">What it is for.</param>
    public OpenPgpKey OpenPgp(string name, string expire = "0", string? at = null, string use = "sign")
    {
        var home = Path.Combine(_root, name);
        Directory.CreateDirectory(home);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var key = new OpenPgpKey(home, $"{name}@example.org");
        key.Gpg([.. Faked(at), "--passphrase", "", "--quick-gen-key", $"{name} <{key.Mail}>", "ed25519", use, expire]);
        return key;
    }

    /// <summary>Makes an SSH key.</summary>
    public SshKey Ssh(string name)
    {
        var file = Path.Combine(_root, name + ".key");
        Run("ssh-keygen", new Dictionary<string, string>(StringComparer.Ordinal), null, "-q", "-t", "ed25519", "-N", "", "-C", $"{name}@example.org", "-f", file);
        return new(file);
    }

    private static string[] Faked(string? at) => at is null ? [] : ["--faked-system-time", at + "!"];

    internal static string Run(string program, IReadOnlyDictionary<string, string> variables, string? input, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', start.ArgumentList)}: {errors.GetAwaiter().GetResult()}");
    }
}

/// <summary>Somebody's OpenPGP key, in a home of its own.</summary>
public sealed class OpenPgpKey : IDisposable
{
    private readonly string _home;

    internal OpenPgpKey(string home, string mail) => (_home, Mail) = (home, mail);

    /// <summary>Of its user id.</summary>
    public string Mail { get; }

    /// <summary>Armored.</summary>
    public string Public => Gpg("--armor", "--export");

    /// <summary>Armored; what belongs nowhere.</summary>
    public string Private => Gpg("--armor", "--passphrase", "", "--pinentry-mode", "loopback", "--export-secret-keys");

    /// <summary>Of the primary key.</summary>
    public string Fingerprint => Gpg("--with-colons", "--list-keys").Split('\n').First(static line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];

    /// <summary>Arguments of git, before its command, with which it signs by this key.</summary>
    public IReadOnlyList<string> Git => ["-c", "gpg.format=openpgp", "-c", $"user.signingKey={Mail}"];

    /// <summary>The environment that goes with them.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal) { ["GNUPGHOME"] = _home };

    /// <summary>From now on signs as if it were then, and, if given, for so long.</summary>
    public void SignAt(string time, string? expire = null) =>
        File.WriteAllText(Path.Combine(_home, "gpg.conf"), $"faked-system-time {time}!\n{(expire is null ? string.Empty : $"default-sig-expire {expire}\n")}");

    /// <summary>A text with its signature below it.</summary>
    public string ClearSign(string text) =>
        Signing.Run("gpg", Environment, text, "--batch", "--quiet", "--no-tty", "--passphrase", string.Empty, "--pinentry-mode", "loopback", "--clear-sign");

    /// <summary>Writes the private key as older programs read it.</summary>
    public void WriteKeyring(string path) =>
        Signing.Run("gpg", Environment, null, "--batch", "--quiet", "--no-tty", "--passphrase", string.Empty, "--pinentry-mode", "loopback", "--output", path, "--export-secret-keys");

    /// <summary>Revokes it; what was signed before stays signed.</summary>
    public void Revoke()
    {
        var certificate = File.ReadAllText(Path.Combine(_home, "openpgp-revocs.d", Fingerprint + ".rev"));
        Signing.Run("gpg", Environment, certificate.Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal), "--batch", "--quiet", "--import");
    }

    /// <summary>Adds a subkey.</summary>
    /// <param name="use"><c>sign</c> or <c>encr</c>.</param>
    /// <param name="expire">As gpg reads it.</param>
    public void AddSubkey(string use, string expire) =>
        Gpg("--passphrase", string.Empty, "--pinentry-mode", "loopback", "--quick-add-key", Fingerprint, use == "encr" ? "cv25519" : "ed25519", use, expire);

    /// <summary>Says anew when it expires.</summary>
    public void ExpireIn(string expire) => Gpg("--passphrase", string.Empty, "--pinentry-mode", "loopback", "--quick-set-expire", Fingerprint, expire);

    /// <summary>Takes in somebody else's key.</summary>
    public void Import(string key) => Signing.Run("gpg", Environment, key, "--batch", "--quiet", "--import");

    /// <summary>Vouches for somebody else's key.</summary>
    public void Certify(string fingerprint) => Gpg("--passphrase", string.Empty, "--pinentry-mode", "loopback", "--quick-sign-key", fingerprint);

    /// <summary>One key that it has, armored.</summary>
    public string Export(string fingerprint) => Gpg("--armor", "--export", fingerprint);

    /// <summary>Adds a name.</summary>
    public void AddName(string name) => Gpg("--passphrase", string.Empty, "--pinentry-mode", "loopback", "--quick-add-uid", Fingerprint, name);

    /// <summary>When gpg says that the primary key and the subkeys that sign expire; null: never.</summary>
    public IReadOnlyList<DateTimeOffset?> Expiries => [.. Gpg("--with-colons", "--fixed-list-mode", "--list-keys").Split('\n').Select(static line => line.Split(':'))
        .Where(static fields => fields[0] is "pub" or "sub" && fields[11].Contains('s', StringComparison.Ordinal))
        .Select(static fields => fields[6].Length == 0 ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeSeconds(long.Parse(fields[6], System.Globalization.CultureInfo.InvariantCulture)))];

    /// <summary>Ends the agent that holds the private key.</summary>
    public void Dispose() => Signing.Run("gpgconf", Environment, null, "--kill", "all");

    internal string Gpg(params IEnumerable<string> arguments) => Signing.Run("gpg", Environment, null, ["--batch", "--quiet", "--no-tty", .. arguments]);
}

/// <summary>Somebody's SSH key.</summary>
public sealed class SshKey
{
    private readonly string _file;

    internal SshKey(string file) => _file = file;

    /// <summary>As ssh-keygen writes it, with its comment.</summary>
    public string Public => File.ReadAllText(_file + ".pub").Trim();

    /// <summary>Type and key alone.</summary>
    public string Bare => string.Join(' ', Public.Split(' ')[..2]);

    /// <summary>What belongs nowhere.</summary>
    public string Private => File.ReadAllText(_file);

    /// <summary>As ssh-keygen prints it.</summary>
    public string Fingerprint => Signing.Run("ssh-keygen", new Dictionary<string, string>(StringComparer.Ordinal), null, "-l", "-f", _file + ".pub").Split(' ')[1];

    /// <summary>Arguments of git, before its command, with which it signs by this key.</summary>
    public IReadOnlyList<string> Git => ["-c", "gpg.format=ssh", "-c", $"user.signingKey={_file}"];
}
