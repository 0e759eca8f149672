using System.Diagnostics;

namespace GitOps.Testing.Servers;

/// <summary>nginx before a directory with an index of charts, over TLS by an authority of its own, for those with a password.</summary>
public sealed class NginxChartServer : IDisposable
{
    private readonly string _directory;
    private readonly string _nginx;
    private ServerProcess? _process;

    private NginxChartServer(string directory, string nginx)
    {
        _directory = directory;
        _nginx = nginx;
        Charts = Directory.CreateDirectory(InDirectory("charts")).FullName;
    }

    /// <summary>What is served: packages and their index.</summary>
    public string Charts { get; }

    /// <summary>Of its certificate.</summary>
    public TestCertificates Certificates { get; } = new();

    /// <summary>The same before and after it was stopped.</summary>
    public int Port { get; private set; }

    /// <summary>Of the repository.</summary>
    public string Url => $"https://localhost:{Port}/charts";

    /// <summary>Starts it.</summary>
    /// <param name="directory">An empty directory for what it needs.</param>
    /// <param name="user">Who may in.</param>
    /// <param name="password">With what.</param>
    public static async Task<NginxChartServer> StartAsync(string directory, string user, string password)
    {
        var nginx = TestProgram.Require(NginxGitServer.Variable);
        var server = new NginxChartServer(directory, nginx.Path);
        var (certificate, key) = server.Certificates.Server();
        await File.WriteAllTextAsync(server.InDirectory("server.pem"), certificate);
        await File.WriteAllTextAsync(server.InDirectory("server.key"), key);
        await File.WriteAllTextAsync(server.InDirectory("users"), $"{user}:{{PLAIN}}{password}\n");
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it again at its port.</summary>
    public async Task StartAsync() => _process = await ServerProcess.StartAsync(
        () =>
        {
            Port = Port == 0 ? ServerProcess.FreePort() : Port;
            File.WriteAllText(InDirectory("nginx.conf"), Configuration());
            return new ProcessStartInfo(_nginx, ["-p", _directory, "-c", InDirectory("nginx.conf"), "-e", InDirectory("error.log")]);
        },
        () => ServerProcess.AnswersAsync(Port));

    /// <summary>Until it is started again nobody listens at its port.</summary>
    public void Stop() => _process?.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        Certificates.Dispose();
    }

    private string InDirectory(string name) => Path.Combine(_directory, name);

    private string Configuration() => $$"""
        {{(Environment.UserName == "root" ? "user root;" : string.Empty)}}
        daemon off;
        worker_processes 1;
        pid nginx.pid;
        error_log error.log;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
          server {
            listen 127.0.0.1:{{Port}} ssl; ssl_certificate server.pem; ssl_certificate_key server.key;
            location /charts/ { auth_basic charts; auth_basic_user_file users; root {{_directory}}; }
          }
        }
        """;
}
