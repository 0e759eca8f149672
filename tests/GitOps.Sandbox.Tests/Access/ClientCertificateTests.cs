using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;
using YamlDotNet.RepresentationModel;

namespace GitOps.Sandbox.Tests.Access;

public sealed class ClientCertificateTests
{
    private const string WhoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

    [Fact]
    public async Task A_kubeconfig_for_somebody_lets_them_in_by_name_and_groups()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var certificate = Certificate(cluster.Sandbox.KubeconfigFor("jane", "devs", "ops"));

        var answer = await WhoAsync(cluster, certificate);

        answer.Status.ShouldBe(201);
        answer.Json["status"]!["userInfo"]!["username"]!.GetValue<string>().ShouldBe("jane");
        answer.Json["status"]!["userInfo"]!["groups"]!.ToJsonString().ShouldBe("""["devs","ops","system:authenticated"]""");
        answer.Json["status"]!["userInfo"]!["extra"]!.ToJsonString().ShouldBe(
            $$$"""{"authentication.kubernetes.io/credential-id":["X509SHA256={{{certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()}}}"]}""");
        (await SendAsync(cluster, certificate, "GET", "/api/v1/namespaces")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task The_groups_of_a_certificate_count_as_any_other()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var certificate = Certificate(cluster.Sandbox.KubeconfigFor("root", "system:masters"));

        (await SendAsync(cluster, certificate, "GET", "/api/v1/namespaces")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_certificate_goes_before_a_token()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var certificate = Certificate(cluster.Sandbox.KubeconfigFor("jane"));

        (await WhoAsync(cluster, certificate, new HeaderLine("Authorization", "Bearer nobody-has-this"))).Json["status"]!["userInfo"]!["username"]!
            .GetValue<string>().ShouldBe("jane");
    }

    [Fact]
    public async Task Another_authority_is_not_believed_but_a_good_token_beside_it_is()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var other = await TestCluster.StartAsync();
        using var certificate = Certificate(other.Sandbox.KubeconfigFor("root", "system:masters"));

        (await SendAsync(cluster, certificate, "GET", "/healthz")).Status.ShouldBe(401);
        (await SendAsync(cluster, certificate, "GET", "/api/v1/namespaces", new HeaderLine("Authorization", $"Bearer {cluster.Token}"))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_certificate_that_nobody_signed_is_not_believed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=root, O=system:masters", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await using var cluster = await TestCluster.StartAsync();

        (await SendAsync(cluster, certificate, "GET", "/healthz")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task A_kubeconfig_still_works_after_a_restart()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var certificate = Certificate(cluster.Sandbox.KubeconfigFor("jane"));

        await cluster.Sandbox.RestartAsync();

        (await WhoAsync(cluster, certificate)).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Kubectl_gets_in_by_certificate()
    {
        var program = TestProgram.Require("GITOPS_TEST_KUBECTL");
        await using var cluster = await TestCluster.StartAsync();
        var kubeconfig = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(kubeconfig, cluster.Sandbox.KubeconfigFor("jane \"the\" admin", "system:masters"));
            var kubectl = program.With([$"--kubeconfig={kubeconfig}"]);

            (await kubectl.RunAsync("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")).ShouldBe("jane \"the\" admin");
            (await kubectl.RunAsync("get", "namespaces", "-o", "name")).ShouldContain("namespace/default");
        }
        finally
        {
            File.Delete(kubeconfig);
        }
    }

    private static Task<RawAnswer> WhoAsync(TestCluster cluster, X509Certificate2 certificate, params HeaderLine[] headers) => RawClient.SendAsync(
        cluster.Url, "POST", WhoAmI, [new("Content-Type", "application/json"), .. headers], "{}", certificate);

    private static Task<RawAnswer> SendAsync(TestCluster cluster, X509Certificate2 certificate, string method, string path, params HeaderLine[] headers) =>
        RawClient.SendAsync(cluster.Url, method, path, headers, null, certificate);

    private static X509Certificate2 Certificate(string kubeconfig)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(kubeconfig));
        var user = yaml.Documents[0].RootNode["users"][0]["user"];
        string Pem(string name) => Encoding.UTF8.GetString(Convert.FromBase64String(((YamlScalarNode)user[name]).Value!));

        return X509Certificate2.CreateFromPem(Pem("client-certificate-data"), Pem("client-key-data"));
    }
}
