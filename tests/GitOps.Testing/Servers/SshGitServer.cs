using System.Diagnostics;

namespace GitOps.Testing.Servers;

/// <summary>A real sshd that serves the repositories of this machine to those whose key it knows.</summary>
public sealed class SshGitServer : IDisposable
{
    private readonly string _directory;
    private ServerProcess? _process;

    private SshGitServer(string directory) => _directory = directory;

    /// <summary>Where it listens.</summary>
    public int Port { get; private set; }

    /// <summary>Its line of a known_hosts file.</summary>
    public string KnownHost => $"[127.0.0.1]:{Port} {string.Join(' ', File.ReadAllText(Path.Combine(_directory, "host.pub")).Split(' ')[..2])}";

    /// <summary>Starts it.</summary>
    /// <param name="directory">An empty directory for what it needs.</param>
    /// <param name="protocol">Of git: 2 is what the client asks for; 1; or 0, as many are: git on it never hears that there is another one.</param>
    public static async Task<SshGitServer> StartAsync(string directory, int protocol = 2)
    {
        var program = TestProgram.Require("GITOPS_TEST_SSHD");
        Directory.CreateDirectory(directory);
        var server = new SshGitServer(directory);
        await NewKeyAsync(Path.Combine(directory, "host"));
        server.SetKeys();
        if (Environment.UserName == "root")
        {
            // Where sshd leaves its rights; a service would make it.
            Directory.CreateDirectory("/run/sshd");
        }

        server._process = await ServerProcess.StartAsync(
            () =>
            {
                server.Port = ServerProcess.FreePort();
                File.WriteAllText(Path.Combine(directory, "config"), $"""
                    Port {server.Port}
                    ListenAddress 127.0.0.1
                    HostKey {directory}/host
                    AuthorizedKeysFile {directory}/authorized_keys
                    PidFile none
                    StrictModes no
                    UsePAM no
                    PasswordAuthentication no
                    KbdInteractiveAuthentication no
                    PermitRootLogin yes
                    {(protocol switch { 0 => "AcceptEnv LANG", 1 => "SetEnv GIT_PROTOCOL=version=1", _ => "AcceptEnv GIT_PROTOCOL" })}
                    MaxStartups 100
                    """);
                return new ProcessStartInfo(program.Path, ["-D", "-e", "-f", Path.Combine(directory, "config")]);
            },
            () => ServerProcess.AnswersAsync(server.Port));
        return server;
    }

    /// <summary>A key pair without a passphrase.</summary>
    /// <returns>The private key, and the line of the public one.</returns>
    public static async Task<(string Private, string Public)> NewKeyAsync(string path)
    {
        await TestProgram.OnPath("ssh-keygen").RunAsync("-q", "-t", "ed25519", "-N", string.Empty, "-C", "test", "-f", path);
        return (await File.ReadAllTextAsync(path), await File.ReadAllTextAsync(path + ".pub"));
    }

    /// <summary>The URL of a repository on this machine.</summary>
    public string Url(string path) => $"ssh://{Environment.UserName}@127.0.0.1:{Port}{path}";

    /// <summary>From now on just these may in.</summary>
    public void SetKeys(params string[] publicKeys) => File.WriteAllText(Path.Combine(_directory, "authorized_keys"), string.Concat(publicKeys));

    /// <inheritdoc/>
    public void Dispose() => _process?.Dispose();
}
