using System.Text;
using GitOps.Kubernetes.Config;

namespace GitOps.Kubernetes.Tests.Config;

public sealed class KubeconfigLoaderTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kubeconfig-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_file_leads_from_context_to_cluster_and_user()
    {
        var config = FromText("""
            apiVersion: v1
            kind: Config
            current-context: prod
            contexts:
            - {name: prod, context: {cluster: c, user: u, namespace: team}}
            clusters:
            - name: c
              cluster:
                server: https://api.example:6443/prefix
                certificate-authority-data: Q0E=
                tls-server-name: inner
                proxy-url: socks5://proxy:1080
                disable-compression: true
            users:
            - name: u
              user: {token: secret, as: jane, as-uid: "7", as-groups: [a, b], as-user-extra: {scopes: [x]}}
            """);
        config.Server.ShouldBe(new Uri("https://api.example:6443/prefix"));
        config.DefaultNamespace.ShouldBe("team");
        Encoding.ASCII.GetString(config.CertificateAuthority!.Read()).ShouldBe("CA");
        config.TlsServerName.ShouldBe("inner");
        config.Proxy.ShouldBe(new Uri("socks5://proxy:1080"));
        config.DisableCompression.ShouldBeTrue();
        config.Credentials.Token.ShouldBe("secret");
        config.Impersonation!.User.ShouldBe("jane");
        config.Impersonation.Uid.ShouldBe("7");
        config.Impersonation.Groups.ShouldBe(["a", "b"]);
        config.Impersonation.Extra!["scopes"].ShouldBe(["x"]);
        config.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public void Json_is_a_kubeconfig_too() => FromText(
        """{"apiVersion":"v1","kind":"Config","contexts":[{"name":"x","context":{"cluster":"c"}}],"clusters":[{"name":"c","cluster":{"server":"https://a"}}]}""")
        .Server.ShouldBe(new Uri("https://a"));

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void A_byte_order_mark_is_understood(string encodingName)
    {
        var encoding = Encoding.GetEncoding(encodingName);
        byte[] content = [.. encoding.GetPreamble(), .. encoding.GetBytes(Simple("https://a.example", "t"))];
        KubeconfigLoader.Load(new KubeconfigRequest { Content = content }).Credentials.Token.ShouldBe("t");
    }

    [Fact]
    public void Relative_paths_are_relative_to_the_file_and_data_win_over_files()
    {
        var path = Write("sub/config", """
            kind: Config
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            clusters: [{name: c, cluster: {server: "https://a", certificate-authority: ca.crt}}]
            users: [{name: u, user: {tokenFile: ../token, client-certificate: a.crt, client-certificate-data: QQ==, client-key: /abs/a.key}}]
            """);
        var config = KubeconfigLoader.FromFile(path);
        config.CertificateAuthority!.Path.ShouldBe(Path.Combine(_directory.FullName, "sub", "ca.crt"));
        config.Credentials.TokenFile.ShouldBe(Path.Combine(_directory.FullName, "token"));
        config.Credentials.ClientCertificate!.Path.ShouldBeNull();
        config.Credentials.ClientKey!.Path.ShouldBe("/abs/a.key");
    }

    [Fact]
    public void Files_of_the_list_are_merged_the_first_wins_and_missing_ones_are_skipped()
    {
        var first = Write("first", """
            kind: Config
            clusters: [{name: c, cluster: {server: "https://first"}}]
            contexts: [{name: one, context: {cluster: c, user: u}}]
            """);
        var second = Write("dir/second", """
            kind: Config
            current-context: two
            clusters: [{name: c, cluster: {server: "https://second"}}, {name: C, cluster: {server: "https://upper"}}]
            contexts: [{name: two, context: {cluster: C, user: u}}]
            users: [{name: u, user: {tokenFile: token}}]
            """);
        var list = string.Join(Path.PathSeparator, first, Path.Combine(_directory.FullName, "missing"), second);
        var request = new KubeconfigRequest { Environment = name => name == "KUBECONFIG" ? list : null };
        var current = KubeconfigLoader.Load(request);
        current.Server.ShouldBe(new Uri("https://upper"));
        current.Credentials.TokenFile.ShouldBe(Path.Combine(_directory.FullName, "dir", "token"));
        KubeconfigLoader.Load(request with { Context = "one" }).Server.ShouldBe(new Uri("https://first"));
    }

    [Fact]
    public void The_home_directory_comes_before_the_pod()
    {
        var serviceAccount = _directory.CreateSubdirectory("sa").FullName;
        Write("sa/token", "t");
        Write("sa/ca.crt", "ca");
        Write("sa/namespace", " team \n");
        var request = new KubeconfigRequest
        {
            HomeDirectory = _directory.FullName,
            ServiceAccountDirectory = serviceAccount,
            Environment = static name => name switch
            {
                "KUBERNETES_SERVICE_HOST" => "fd00::1",
                "KUBERNETES_SERVICE_PORT" => "443",
                _ => null,
            },
        };
        var pod = KubeconfigLoader.Load(request);
        pod.Server.ShouldBe(new Uri("https://[fd00::1]:443"));
        pod.DefaultNamespace.ShouldBe("team");
        pod.Credentials.TokenFile.ShouldBe(Path.Combine(serviceAccount, "token"));
        pod.CertificateAuthority!.Path.ShouldBe(Path.Combine(serviceAccount, "ca.crt"));
        Write(".kube/config", Simple("https://home", "t"));
        KubeconfigLoader.Load(request).Server.ShouldBe(new Uri("https://home"));
    }

    [Fact]
    public void A_pod_without_a_token_says_what_to_set()
    {
        var error = Should.Throw<KubeconfigException>(() => KubeconfigLoader.Load(new KubeconfigRequest
        {
            HomeDirectory = null,
            ServiceAccountDirectory = _directory.FullName,
            Environment = static name => name switch
            {
                "KUBERNETES_SERVICE_HOST" => "10.96.0.1",
                "KUBERNETES_SERVICE_PORT" => "443",
                _ => null,
            },
        }));
        error.Message.ShouldContain(Path.Combine(_directory.FullName, "token"));
        error.Message.ShouldContain("automountServiceAccountToken");
    }

    [Fact]
    public void Nothing_at_all_says_where_it_was_looked_for() => Should.Throw<KubeconfigException>(() =>
        KubeconfigLoader.Load(new KubeconfigRequest { HomeDirectory = null, Environment = static _ => null })).Message.ShouldContain("KUBECONFIG");

    [Theory]
    [InlineData("", "current-context", "not set")]
    [InlineData("current-context: x", "current-context", "there is no context x")]
    [InlineData("current-context: x\ncontexts: [{name: X, context: {cluster: c}}]", "current-context", "there are: X")]
    [InlineData("contexts: [{name: x, context: {cluster: c}}]", "contexts[x].context.cluster", "there is no cluster c")]
    [InlineData("contexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: a}}]", "contexts[x].context.user", "there is no user u")]
    [InlineData("contexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {}}]", "clusters[c].cluster.server", "missing")]
    [InlineData("contexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'ftp://a'}}]", "clusters[c].cluster.server", "https")]
    [InlineData("contexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'https://u:p@a'}}]", "clusters[c].cluster.server", "without user")]
    [InlineData("contexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: a, proxy-url: 'ftp://p'}}]", "clusters[c].cluster.proxy-url", "socks5")]
    [InlineData("contexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: a, certificate-authority-data: '!'}}]", "clusters[c].cluster.certificate-authority-data", "base64")]
    [InlineData("contexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: a, certificate-authority-data: QQ==, insecure-skip-tls-verify: true}}]", "clusters[c].cluster.insecure-skip-tls-verify", "remove one")]
    [InlineData("contexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: a, insecure-skip-tls-verify: maybe}}]", "clusters[c].cluster.insecure-skip-tls-verify", "true or false")]
    [InlineData("clusters: [{name: c}, {name: c}]", "clusters[c]", "twice")]
    [InlineData("clusters: {name: c}", "clusters.clusters", "list")]
    [InlineData("kind: Pod", "kind", "Config")]
    [InlineData("a: [", "", "not YAML: line")]
    [InlineData("a: 1\na: 2", "", "line 2: the key a stands there twice")]
    [InlineData("- a", "", "mapping")]
    public void A_bad_file_names_itself_its_field_and_the_way_out(string text, string field, string problem)
    {
        var path = Write("config", text);
        var error = Should.Throw<KubeconfigException>(() => KubeconfigLoader.FromFile(path));
        error.Message.ShouldStartWith(path);
        error.Field.ShouldBe(field);
        error.Message.ShouldContain(problem);
    }

    [Theory]
    [InlineData("auth-provider: {name: gcp}", "auth-provider", "use exec")]
    [InlineData("client-certificate-data: QQ==", "client-key", "come together")]
    [InlineData("client-key-data: QQ==", "client-certificate", "come together")]
    [InlineData("as-groups: [a]", "as", "missing")]
    [InlineData("exec: {command: x}", "exec.apiVersion", "found none")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}", "exec.apiVersion", "v1alpha1")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1}", "exec.command", "missing")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}", "exec.interactiveMode", "terminal")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Sometimes}", "exec.interactiveMode", "IfAvailable")]
    [InlineData("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, env: [a]}", "exec.env", "name")]
    [InlineData("exec: {command: /bin/x, apiVersion: client.authentication.k8s.io/v1}", "exec.command", "not among the programs")]
    [InlineData("auth-provider: {name: oidc, config: {id-token: t}}", "auth-provider", "use exec (as with kubelogin)")]
    [InlineData("token: {a: b}", "token", "string")]
    public void A_bad_user_is_named(string user, string field, string problem)
    {
        var error = Should.Throw<KubeconfigException>(() => FromText(WithUser(user)));
        error.Field.ShouldBe($"users[u].user.{field}");
        error.Message.ShouldContain(problem);
    }

    [Fact]
    public void Credentials_for_plain_http_are_refused() =>
        Should.Throw<KubeconfigException>(() => FromText(Simple("http://a", "t"))).Message.ShouldContain("https");

    [Fact]
    public void Aliases_work_and_cannot_explode()
    {
        FromText("x: &c {server: 'https://a'}\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: *c}]")
            .Server.ShouldBe(new Uri("https://a"));
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 12; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Should.Throw<KubeconfigException>(() => FromText(bomb.ToString())).Message.ShouldContain("aliases");
        Should.Throw<KubeconfigException>(() => FromText(new string('[', 100_000))).Message.ShouldContain("deep");
    }

    [Theory]
    [InlineData("command: x")]
    [InlineData("command: x, interactiveMode: Never")]
    [InlineData("command: x, interactiveMode: IfAvailable")]
    [InlineData("command: /usr/bin/login")]
    public void A_plugin_that_may_run_without_a_terminal_is_accepted(string plugin) =>
        FromText(WithUser($"exec: {{{plugin}, apiVersion: client.authentication.k8s.io/v1beta1}}")).Credentials.Exec!.ClusterInfo.ShouldBeNull();

    [Fact]
    public void A_plugin_is_read_with_its_cluster()
    {
        var path = Write("config", """
            kind: Config
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters:
            - name: c
              cluster:
                server: https://a
                certificate-authority-data: QQ==
                extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: [1, true, text]}}]
            users:
            - name: u
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: ./bin/login
                  args: [a, "b c"]
                  env: [{name: K, value: secret}]
                  provideClusterInfo: true
                  installHint: get it
            """);
        var plugin = KubeconfigLoader.FromFile(path).Credentials.Exec!;
        plugin.Command.ShouldBe(Path.Combine(_directory.FullName, "bin", "login"));
        plugin.Arguments.ShouldBe(["a", "b c"]);
        plugin.InstallHint.ShouldBe("get it");
        plugin.ClusterInfo!.ToJsonString().ShouldBe(
            """{"server":"https://a","certificate-authority-data":"QQ==","config":{"audience":[1,true,"text"]}}""");
        plugin.ToString().ShouldNotContain("secret");
    }

    private static ClusterConfig FromText(string text) =>
        KubeconfigLoader.Load(new KubeconfigRequest { Content = Encoding.UTF8.GetBytes(text), AllowedPlugins = ["x", "/usr/bin/login"] });

    private static string Simple(string server, string token) => $$"""
        kind: Config
        current-context: x
        contexts: [{name: x, context: {cluster: c, user: u} }]
        clusters: [{name: c, cluster: {server: "{{server}}" } }]
        users: [{name: u, user: {token: {{token}} } }]
        """;

    private static string WithUser(string user) => $$"""
        kind: Config
        contexts: [{name: x, context: {cluster: c, user: u} }]
        clusters: [{name: c, cluster: {server: "https://a"} }]
        users: [{name: u, user: { {{user}} } }]
        """;

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
