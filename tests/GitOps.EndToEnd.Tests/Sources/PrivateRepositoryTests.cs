using System.Text;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Credentials;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Testing.Servers;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>Repositories that nobody may read without a Secret, on real servers.</summary>
public sealed class PrivateRepositoryTests(Cluster cluster)
{
    private const string First = "first-p4ssword";
    private const string Second = "second-p4ssword";

    private static string ConfigMap(string value) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {key: {{value}}}
        """;

    [Fact]
    public async Task An_application_on_a_private_https_repository_follows_its_Secret()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "https");
        var repository = space.NewRepository();
        var path = new Uri(repository.Url).LocalPath;
        using var server = await NginxGitServer.StartAsync(cluster.NewDirectory("nginx"), Path.GetDirectoryName(path)!);
        server.SetUsers(("ada", First));
        var url = server.Private($"{Path.GetFileName(path)}/.git");
        var one = repository.Commit(("settings.yaml", ConfigMap("one")));
        var application = await space.CreateApplicationAsync("web", repository, change: item => item["spec"]!["source"]!["repoURL"] = url);
        await SetAsync(space.Options.OperatorNamespace, "trust", "repo-creds", ("url", url[..url.IndexOf("/private", StringComparison.Ordinal)]), ("ca.crt", server.Certificates.Authority));
        var running = await space.StartOperatorAsync();

        // The template vouches for the server, and has no login.
        var refused = await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False", "Authentication");
        refused.Message.ShouldContain($"Secret {space.Options.OperatorNamespace}/trust was used, and holds no login");
        await RotateAsync(First);
        await space.UntilSyncedAsync(application, one);

        server.SetUsers(("ada", Second));
        var two = repository.Commit(("settings.yaml", ConfigMap("two")));
        await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False", "Authentication");
        await RotateAsync(Second);
        await space.UntilSyncedAsync(application, two);

        // Neither is anywhere that somebody could read.
        var events = await cluster.ListAsync(Kinds.Event, application.Namespace);
        var stored = (await cluster.GetAsync(Kinds.Application, application.Namespace, application.Name))!;
        var shown = string.Join('\n', [stored.Json.ToJsonString(), .. events.Select(static item => item.Json.ToJsonString()), .. running.Log]);
        foreach (var secret in (string[])[First, Second])
        {
            shown.ShouldNotContain(secret);
            shown.ShouldNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes($"ada:{secret}")));
        }

        Task RotateAsync(string password) => SetAsync(
            application.Namespace, "login", "repository", ("url", url), ("username", "ada"), ("password", password), ("ca.crt", server.Certificates.Authority));
    }

    [Fact]
    public async Task An_application_on_an_ssh_repository_follows_its_Secret()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ssh");
        var repository = space.NewRepository();
        using var server = await SshGitServer.StartAsync(cluster.NewDirectory("sshd"));
        var keys = cluster.NewDirectory("keys");
        var first = await SshGitServer.NewKeyAsync(Path.Combine(keys, "first"));
        var second = await SshGitServer.NewKeyAsync(Path.Combine(keys, "second"));
        server.SetKeys(first.Public);
        var url = server.Url(new Uri(repository.Url).LocalPath);
        var one = repository.Commit(("settings.yaml", ConfigMap("one")));
        var application = await space.CreateApplicationAsync("web", repository, change: item => item["spec"]!["source"]!["repoURL"] = url);
        await RotateAsync(first.Private);
        await space.StartOperatorAsync();

        var unknown = await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False", "UntrustedServer");
        unknown.Message.ShouldContain($"to key known_hosts of Secret {application.Namespace}/login, or to ConfigMap argocd-ssh-known-hosts-cm");
        await cluster.ApplyAsync(Kinds.ConfigMap, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.Options.OperatorNamespace}}", "name": "argocd-ssh-known-hosts-cm"},
             "data": {"ssh_known_hosts": "{{server.KnownHost}}"} }
            """));
        await space.UntilSyncedAsync(application, one);

        server.SetKeys(second.Public);
        var two = repository.Commit(("settings.yaml", ConfigMap("two")));
        await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False", "Authentication");
        await RotateAsync(second.Private);
        await space.UntilSyncedAsync(application, two);

        Task RotateAsync(string key) => SetAsync(application.Namespace, "login", "repository", ("url", url), ("sshPrivateKey", key));
    }

    private Task<KubernetesObject> SetAsync(string @namespace, string name, string role, params (string Key, string Value)[] data) => cluster.ApplyAsync(
        Kinds.Secret,
        new(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject
            {
                ["namespace"] = @namespace,
                ["name"] = name,
                ["labels"] = new JsonObject { [CredentialSecret.ArgoLabel] = role },
            },
            ["stringData"] = new JsonObject(data.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        }));
}
