using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Testing.Servers;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>What ends in Secrets and ConfigMaps is measured for as long as it is there, and named where it has ended.</summary>
public sealed class CredentialExpiryTests(Cluster cluster)
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_a_Secret_holds_has_an_end_in_the_metrics_until_it_is_replaced_or_gone()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "expiry");
        await SetAsync(space, 100, "2031-01-31");
        var running = await space.StartOperatorAsync();
        await UntilAsync(space, running, Annotation("2031-01-31T00:00:00Z"), Certificate(100));

        await SetAsync(space, 200, "2032-01-31T12:00:00+01:00");
        await UntilAsync(space, running, Annotation("2032-01-31T11:00:00Z"), Certificate(200));

        await SetAsync(space, 200, "soon");
        await UntilAsync(space, running, Certificate(200));
        await space.UntilAsync("the log says why", () => Task.FromResult(running.Log.Any(line => line.Contains(
            $"Secret {space.ApplicationNamespace}/login: annotation gitops-operator.dev/expires-at is no date, and nobody is warned", StringComparison.Ordinal))));

        await cluster.DeleteAsync(Kinds.Secret, space.ApplicationNamespace, "login");
        await UntilAsync(space, running);

        static (string, string, string, DateTimeOffset) Annotation(string at) => ("Secret", "login", "key=\"\"", DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture));

        static (string, string, string, DateTimeOffset) Certificate(int days) => ("Secret", "login", "key=\"tlsClientCertData\"", Begin.AddDays(days));
    }

    [Fact]
    public async Task A_key_to_verify_with_has_an_end_in_the_metrics_while_an_Application_names_it()
    {
        await using var bed = await VerifyBed.CreateAsync(cluster);
        await bed.WriteKeysAsync($"trusted@example.org valid-before=\"20310101Z\" {bed.Trusted.Bare}");
        var first = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        await bed.DeployAsync("""{"mode": "HEAD", "keys": [{"configMapRef": {"name": "keys"}}]}""");
        var running = await bed.Space.StartOperatorAsync();
        await bed.Space.UntilSyncedAsync(bed.Application, first);
        await UntilAsync(bed.Space, running, Key(2031));

        // Another line for the same key makes it good for longer, whatever the first one says.
        await bed.WriteKeysAsync($"trusted@example.org valid-before=\"20310101Z\" {bed.Trusted.Bare}", $"trusted@example.org valid-before=\"20330101Z\" {bed.Trusted.Bare}");
        await UntilAsync(bed.Space, running, Key(2033));
        await bed.WriteKeysAsync(bed.Trusted.Bare);
        await UntilAsync(bed.Space, running);

        await bed.WriteKeysAsync($"trusted@example.org valid-before=\"20310101Z\" {bed.Trusted.Bare}");
        await UntilAsync(bed.Space, running, Key(2031));
        await cluster.DeleteAsync(Kinds.Application, bed.Application.Namespace, bed.Application.Name);
        await UntilAsync(bed.Space, running);

        static (string, string, string, DateTimeOffset) Key(int year) => ("ConfigMap", "keys", "key=\"keys\"", new(year, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_status_names_the_client_certificate_that_has_expired()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "expired");
        var repository = space.NewRepository();
        var path = new Uri(repository.Url).LocalPath;
        using var server = await NginxGitServer.StartAsync(cluster.NewDirectory("nginx"), Path.GetDirectoryName(path)!);
        var url = server.Certified($"{Path.GetFileName(path)}/.git");
        var commit = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: item => item["spec"]!["source"]!["repoURL"] = url);
        var (past, pastKey) = TestCertificates.SelfSigned("operator", Begin.AddYears(-2), Begin.AddYears(-1));
        await PutAsync(past, pastKey);
        await space.StartOperatorAsync();
        await space.UntilAsync(application, "says what has expired", found => found.Status.Condition(StatusConditions.SourceReady) is { Status: "False" } condition
            && condition.Message.Contains($"Secret {space.ApplicationNamespace}/login", StringComparison.Ordinal)
            && condition.Message.Contains("the client certificate in its key tlsClientCertData expired on 2025-01-01T00:00:00Z", StringComparison.Ordinal));

        var (certificate, key) = server.Certificates.Client("operator");
        await PutAsync(certificate, key);
        await space.UntilSyncedAsync(application, commit);

        Task PutAsync(string pem, string secret) => cluster.ApplyAsync(Kinds.Secret, Secret(
            space, null, ("url", url), ("tlsClientCertData", pem), ("tlsClientCertKey", secret), ("ca.crt", server.Certificates.Authority)));
    }

    private static KubernetesObject Secret(TestSpace space, string? expiresAt, params (string Key, string Value)[] data) => new(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject
        {
            ["namespace"] = space.ApplicationNamespace,
            ["name"] = "login",
            ["labels"] = new JsonObject { [CredentialSecret.OurLabel] = "repository" },
            ["annotations"] = expiresAt is null ? [] : new JsonObject { [Annotations.ExpiresAt] = expiresAt },
        },
        ["stringData"] = new JsonObject(data.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
    });

    /// <summary>Waits until just these ends are shown of this test's objects.</summary>
    private static Task UntilAsync(TestSpace space, OperatorInstance running, params (string Kind, string Name, string Key, DateTimeOffset EndsAt)[] expected) =>
        space.UntilAsync($"the metrics show {expected.Length} ends: {string.Join(", ", expected)}", async () =>
        {
            var lines = (await running.MetricsAsync()).Split('\n').Where(static line => line.StartsWith("gitops_operator_credential_expiry_seconds{", StringComparison.Ordinal)).ToList();
            return lines.Count == expected.Length && expected.All(item => lines.Exists(line =>
                line.Contains($"kind=\"{item.Kind}\"", StringComparison.Ordinal) && line.Contains($"name=\"{item.Name}\",namespace=\"{space.ApplicationNamespace}\"", StringComparison.Ordinal)
                && line.Contains(item.Key, StringComparison.Ordinal) && line.EndsWith($" {item.EndsAt.ToUnixTimeSeconds()}", StringComparison.Ordinal)));
        });

    private Task<KubernetesObject> SetAsync(TestSpace space, int days, string expiresAt)
    {
        var (certificate, key) = TestCertificates.SelfSigned("operator", Begin, Begin.AddDays(days));
        return cluster.ApplyAsync(Kinds.Secret, Secret(
            space, expiresAt, ("url", "https://git.example.invalid/team"), ("tlsClientCertData", certificate), ("tlsClientCertKey", key)));
    }
}
