using System.Diagnostics;

namespace GitOps.Testing.Servers;

/// <summary>The distribution project's registry, over TLS by an authority of its own, open to everybody.</summary>
public sealed class RegistryServer : IDisposable
{
    private readonly string _directory;
    private ServerProcess? _process;

    private RegistryServer(string directory) => _directory = directory;

    /// <summary>Of its certificate.</summary>
    public TestCertificates Certificates { get; } = new();

    /// <summary>A file with the authority.</summary>
    public string AuthorityFile => InDirectory("authority.pem");

    /// <summary>Where it listens.</summary>
    public int Port { get; private set; }

    /// <summary>Of a repository in it.</summary>
    public string Url(string repository) => $"oci://localhost:{Port}/{repository}";

    /// <summary>Starts it.</summary>
    /// <param name="directory">An empty directory for what it needs.</param>
    public static async Task<RegistryServer> StartAsync(string directory)
    {
        var program = TestProgram.Require("GITOPS_TEST_REGISTRY");
        var server = new RegistryServer(directory);
        var (certificate, key) = server.Certificates.Server();
        await File.WriteAllTextAsync(server.InDirectory("server.pem"), certificate);
        await File.WriteAllTextAsync(server.InDirectory("server.key"), key);
        await File.WriteAllTextAsync(server.AuthorityFile, server.Certificates.Authority);
        server._process = await ServerProcess.StartAsync(
            () =>
            {
                server.Port = ServerProcess.FreePort();
                File.WriteAllText(server.InDirectory("registry.yml"), server.Configuration());
                return new ProcessStartInfo(program.Path, ["serve", server.InDirectory("registry.yml")]);
            },
            () => ServerProcess.AnswersAsync(server.Port));
        return server;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process?.Dispose();
        Certificates.Dispose();
    }

    private string InDirectory(string name) => Path.Combine(_directory, name);

    private string Configuration() => $$"""
        version: 0.1
        log: {level: error, accesslog: {disabled: true} }
        storage: {filesystem: {rootdirectory: "{{InDirectory("blobs")}}"} }
        http:
          addr: localhost:{{Port}}
          tls: {certificate: "{{InDirectory("server.pem")}}", key: "{{InDirectory("server.key")}}"}
        """;
}
