using System.Text;
using GitOps.Kubernetes.Config;

namespace GitOps.Kubernetes.Tests.Config;

/// <summary>A kubeconfig that a tenant wrote must not run, read or reach anything of this host.</summary>
public sealed class KubeconfigTrustTests
{
    [Theory]
    [InlineData("", "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}", "users[u].user.exec")]
    [InlineData("", "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token", "users[u].user.tokenFile")]
    [InlineData("", "client-certificate: a, client-key-data: QQ==", "users[u].user.client-certificate")]
    [InlineData("", "client-certificate-data: QQ==, client-key: a", "users[u].user.client-key")]
    [InlineData("", "auth-provider: {name: oidc}", "users[u].user.auth-provider")]
    [InlineData("certificate-authority: /etc/shadow", "token: t", "clusters[c].cluster.certificate-authority")]
    [InlineData("insecure-skip-tls-verify: true", "token: t", "clusters[c].cluster.insecure-skip-tls-verify")]
    [InlineData("proxy-url: 'http://127.0.0.1:3128'", "token: t", "clusters[c].cluster.proxy-url")]
    [InlineData("proxy-url: 'http://localhost:3128'", "token: t", "clusters[c].cluster.proxy-url")]
    [InlineData("proxy-url: 'http://[::1]:3128'", "token: t", "clusters[c].cluster.proxy-url")]
    [InlineData("proxy-url: 'http://[::ffff:127.0.0.1]:3128'", "token: t", "clusters[c].cluster.proxy-url")]
    [InlineData("proxy-url: 'http://169.254.169.254'", "token: t", "clusters[c].cluster.proxy-url")]
    [InlineData("proxy-url: 'http://[fe80::1]'", "token: t", "clusters[c].cluster.proxy-url")]
    [InlineData("proxy-url: 'http://0.0.0.0:1'", "token: t", "clusters[c].cluster.proxy-url")]
    [InlineData("proxy-url: 'http://2130706433:1'", "token: t", "clusters[c].cluster.proxy-url")]
    public void What_reaches_into_this_host_is_refused(string cluster, string user, string field)
    {
        var error = Should.Throw<KubeconfigException>(() => Load(cluster, user, KubeconfigTrust.Hostile));
        error.Field.ShouldBe(field);
        error.Message.ShouldStartWith("Secret team/cluster");
        error.Message.ShouldContain("not allowed");
    }

    [Theory]
    [InlineData("", "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}")]
    [InlineData("insecure-skip-tls-verify: true", "tokenFile: /token")]
    [InlineData("proxy-url: 'http://127.0.0.1:3128'", "token: t")]
    public void The_own_one_may(string cluster, string user) => Load(cluster, user, KubeconfigTrust.Own).Server.ShouldBe(new Uri("https://a"));

    [Fact]
    public void What_is_data_alone_is_allowed() => Load(
        "certificate-authority-data: QQ==, proxy-url: 'http://proxy.example:3128', insecure-skip-tls-verify: false",
        "token: t, as: jane",
        KubeconfigTrust.Hostile).Credentials.Token.ShouldBe("t");

    private static ClusterConfig Load(string cluster, string user, KubeconfigTrust trust) => KubeconfigLoader.Load(new KubeconfigRequest
    {
        Trust = trust,
        ContentName = "Secret team/cluster",
        Content = Encoding.UTF8.GetBytes($$"""
            kind: Config
            contexts: [{name: x, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: {server: "https://a", {{cluster}} } }]
            users: [{name: u, user: { {{user}} } }]
            """),
    });
}
