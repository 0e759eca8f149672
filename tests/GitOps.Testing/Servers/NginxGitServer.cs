using System.Diagnostics;

namespace GitOps.Testing.Servers;

/// <summary>
/// nginx before <c>git http-backend</c>, with TLS. <c>/open/</c> is for everybody, <c>/private/</c> for those with a password or a
/// token, <c>/old/</c> is an old server that knows only the first protocol (version 0), <c>/one/</c> one that speaks version 1, <c>/dumb/</c> one that does not know git, <c>/moved/</c>
/// sends those who have a password to another server, and the second server takes only those with a client certificate.
/// </summary>
public sealed class NginxGitServer : IDisposable
{
    /// <summary>The programs that it takes; a test that has not got them is skipped, and in CI fails.</summary>
    public const string Variable = "GITOPS_TEST_NGINX";

    private readonly string _directory;
    private readonly List<ServerProcess> _processes = [];

    private NginxGitServer(string directory, TestCertificates certificates)
    {
        _directory = directory;
        Certificates = certificates;
    }

    /// <summary>What Git LFS keeps for the repositories below <c>/private/</c>; it has users of its own.</summary>
    public LfsServer Lfs { get; } = LfsServer.Start();

    /// <summary>The authority of server and clients.</summary>
    public TestCertificates Certificates { get; }

    /// <summary>Of the server for passwords.</summary>
    public int Port { get; private set; }

    /// <summary>Of the server for client certificates.</summary>
    public int CertificatePort { get; private set; }

    /// <summary>Of a server that others send to.</summary>
    public int OtherPort { get; private set; }

    /// <summary>What was sent as <c>Authorization</c> to the server that others send to, a request a line.</summary>
    public IReadOnlyList<string> Elsewhere => File.Exists(InDirectory("elsewhere.log")) ? File.ReadAllLines(InDirectory("elsewhere.log")) : [];

    /// <summary>Starts it.</summary>
    /// <param name="directory">An empty directory for what it needs.</param>
    /// <param name="repositories">The directory with the repositories.</param>
    public static async Task<NginxGitServer> StartAsync(string directory, string repositories)
    {
        var nginx = TestProgram.Require(Variable);
        var wrapper = TestProgram.Require("GITOPS_TEST_FCGIWRAP");
        Directory.CreateDirectory(directory);
        var server = new NginxGitServer(directory, new());
        server.SetUsers();
        server.SetLfsUsers();
        await server.StartAsync(nginx.Path, wrapper.Path, repositories, (await TestProgram.OnPath("git").RunAsync("--exec-path")).Trim());
        return server;
    }

    /// <summary>For those with a password.</summary>
    public string Private(string repository) => $"https://localhost:{Port}/private/{repository}";

    /// <summary>For everybody.</summary>
    public string Open(string repository) => $"https://localhost:{Port}/open/{repository}";

    /// <summary>For everybody, by the first protocol.</summary>
    public string Old(string repository) => $"https://localhost:{Port}/old/{repository}";

    /// <summary>For everybody, by version 1 of the protocol.</summary>
    public string One(string repository) => $"https://localhost:{Port}/one/{repository}";

    /// <summary>The files of a repository, for everybody.</summary>
    public string Dumb(string repository) => $"https://localhost:{Port}/dumb/{repository}";

    /// <summary>For those with a client certificate.</summary>
    public string Certified(string repository) => $"https://localhost:{CertificatePort}/open/{repository}";

    /// <summary>Sends to its name with <c>.git</c>.</summary>
    public string Renamed(string repository) => $"https://localhost:{Port}/renamed/{repository}";

    /// <summary>Sends to another server.</summary>
    public string Moved(string repository) => $"https://localhost:{Port}/moved/{repository}";

    /// <summary>From now on just these may in, by name and password.</summary>
    public void SetUsers(params (string Name, string Password)[] users) =>
        File.WriteAllLines(InDirectory("users"), users.Select(static user => $"{user.Name}:{{PLAIN}}{user.Password}"));

    /// <summary>From now on just these may have what Git LFS keeps, by name and password.</summary>
    public void SetLfsUsers(params (string Name, string Password)[] users) =>
        File.WriteAllLines(InDirectory("lfs-users"), users.Select(static user => $"{user.Name}:{{PLAIN}}{user.Password}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        Lfs.Dispose();
        foreach (var process in _processes)
        {
            process.Dispose();
        }

        Certificates.Dispose();
    }

    private string InDirectory(string name) => Path.Combine(_directory, name);

    private async Task StartAsync(string nginx, string wrapper, string repositories, string execPath)
    {
        var (certificate, key) = Certificates.Server();
        await File.WriteAllTextAsync(InDirectory("server.pem"), certificate);
        await File.WriteAllTextAsync(InDirectory("server.key"), key);
        await File.WriteAllTextAsync(InDirectory("authority.pem"), Certificates.Authority);

        // Sockets have short names.
        var socket = Path.Combine(Path.GetTempPath(), $"gitops-fcgi-{Guid.NewGuid():N}"[..24]);
        _processes.Add(await ServerProcess.StartAsync(
            () => new(wrapper, ["-c", "2", "-s", $"unix:{socket}"]), () => Task.FromResult(File.Exists(socket))));
        _processes.Add(await ServerProcess.StartAsync(
            () =>
            {
                (Port, CertificatePort, OtherPort) = (ServerProcess.FreePort(), ServerProcess.FreePort(), ServerProcess.FreePort());
                Lfs.PublicUrl = $"https://localhost:{Port}/private/any/info/lfs";
                File.WriteAllText(InDirectory("nginx.conf"), Configuration(repositories, execPath, socket));
                return new ProcessStartInfo(nginx, ["-p", _directory, "-c", InDirectory("nginx.conf"), "-e", InDirectory("error.log")]);
            },
            async () => await ServerProcess.AnswersAsync(Port) && await ServerProcess.AnswersAsync(CertificatePort) && await ServerProcess.AnswersAsync(OtherPort)));
    }

    private string Configuration(string repositories, string execPath, string socket)
    {
        var user = Environment.UserName == "root" ? "user root;" : string.Empty;
        var tls = "ssl_certificate server.pem; ssl_certificate_key server.key;";
        return $$"""
            {{user}}
            daemon off;
            worker_processes 1;
            pid nginx.pid;
            error_log error.log;
            events { worker_connections 256; }
            http {
              access_log off;
              log_format sent '[$http_authorization]';
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              client_max_body_size 0;
              fastcgi_param SCRIPT_FILENAME {{execPath}}/git-http-backend;
              fastcgi_param GIT_PROJECT_ROOT {{repositories}};
              fastcgi_param GIT_HTTP_EXPORT_ALL 1;
              fastcgi_param GIT_PROTOCOL $git_protocol;
              map $uri $git_protocol { ~^/old/ ""; ~^/one/ version=1; default $http_git_protocol; }
              fastcgi_param GIT_CONFIG_GLOBAL /dev/null;
              fastcgi_param GIT_CONFIG_COUNT 1;
              fastcgi_param GIT_CONFIG_KEY_0 safe.directory;
              fastcgi_param GIT_CONFIG_VALUE_0 *;
              fastcgi_param PATH_INFO /$repository;
              fastcgi_param QUERY_STRING $query_string;
              fastcgi_param REQUEST_METHOD $request_method;
              fastcgi_param CONTENT_TYPE $content_type;
              fastcgi_param CONTENT_LENGTH $content_length;
              fastcgi_param PATH $path_of_programs;
              map $host $path_of_programs { default "/usr/local/bin:/usr/bin:/bin"; }
              server {
                listen 127.0.0.1:{{Port}} ssl; {{tls}}
                location ~ ^/open/(?<repository>.*)$ { fastcgi_pass unix:{{socket}}; }
                location ~ ^/(?:old|one)/(?<repository>.*)$ { fastcgi_pass unix:{{socket}}; }
                location /dumb/ { alias {{repositories}}/; }
                location ~ ^/private/.*/info/lfs/ { auth_basic lfs; auth_basic_user_file lfs-users; proxy_pass http://127.0.0.1:{{Lfs.Port}}; }
                location ~ ^/private/(?<repository>.*)$ { auth_basic git; auth_basic_user_file users; fastcgi_pass unix:{{socket}}; }
                location ~ ^/moved/(?<repository>.*)$ { auth_basic git; auth_basic_user_file users; try_files /dev/null @moved; }
                location @moved { rewrite ^/moved/(.*)$ https://localhost:{{OtherPort}}/open/$1 redirect; }
                location ~ ^/renamed/(?<repository>[^/]*)\.git/(.*)$ { auth_basic git; auth_basic_user_file users; set $repository $repository/$2; fastcgi_pass unix:{{socket}}; }
                location ~ ^/renamed/ { auth_basic git; auth_basic_user_file users; try_files /dev/null @renamed; }
                location @renamed { rewrite ^/renamed/([^/]*)/(.*)$ /renamed/$1.git/$2 redirect; }
              }
              server {
                listen 127.0.0.1:{{CertificatePort}} ssl; {{tls}}
                ssl_client_certificate authority.pem; ssl_verify_client on;
                location ~ ^/open/(?<repository>.*)$ { fastcgi_pass unix:{{socket}}; }
              }
              server {
                listen 127.0.0.1:{{OtherPort}} ssl; {{tls}}
                access_log elsewhere.log sent;
                location ~ ^/open/(?<repository>.*)$ { fastcgi_pass unix:{{socket}}; }
              }
            }
            """;
    }
}
