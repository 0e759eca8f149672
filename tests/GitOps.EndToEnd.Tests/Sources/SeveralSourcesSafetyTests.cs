using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Testing;
using GitOps.Testing.Servers;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>One of several sources that may not be read or may not be deployed: it is named, the rest stays, and no credential is seen.</summary>
public sealed class SeveralSourcesSafetyTests(Cluster cluster)
{
    [Fact]
    public async Task Whatever_fails_of_one_of_two_private_sources_no_credential_is_seen_anywhere()
    {
        string[] secrets = ["ada-p4ss-w0rd", "bob-p4ss-w0rd", "wrong-p4ss-w0rd", "expired-t0ken-value", "later-t0ken-value"];
        await using var space = await TestSpace.CreateAsync(cluster, "leak");
        var (web, shared) = (space.NewRepository(), space.NewRepository());
        var root = Path.GetDirectoryName(new Uri(web.Url).LocalPath)!;
        using var server = await NginxGitServer.StartAsync(cluster.NewDirectory("nginx"), root);
        server.SetUsers(("ada", secrets[0]), ("bob", secrets[1]));
        web.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        shared.Commit(("b.yaml", Manifests.ConfigMap("b", "one")));
        string[] urls = [UrlOf(web), UrlOf(shared)];
        await SetAsync(0, "ada", secrets[0], server.Certificates.Authority);
        await SetAsync(1, "bob", secrets[1], server.Certificates.Authority);
        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentDictionary<string, byte>(StringComparer.Ordinal);
        var sampling = Task.Run(() => SampleAsync(seen, stop.Token), TestContext.Current.CancellationToken);
        var application = await CreateAsync(space, urls);
        var running = await space.StartOperatorAsync();
        await UntilReadyAsync();

        // A wrong password; a token that counts no more; a server that nobody vouches for.
        await SetAsync(1, "bob", secrets[2], server.Certificates.Authority);
        await FailsAsync("Authentication");
        await SetAsync(1, "bob", secrets[1], server.Certificates.Authority);
        await UntilReadyAsync();
        server.SetUsers(("ada", secrets[0]), ("token", secrets[3]));
        await SetAsync(1, "token", secrets[3], server.Certificates.Authority);
        await UntilReadyAsync();
        server.SetUsers(("ada", secrets[0]), ("token", secrets[4]));
        shared.Commit(("b.yaml", Manifests.ConfigMap("b", "two")));
        await FailsAsync("Authentication");
        await SetAsync(1, "token", secrets[4], server.Certificates.Authority);
        await UntilReadyAsync();
        using var other = new TestCertificates();
        await SetAsync(1, "token", secrets[4], other.Authority);
        shared.Commit(("b.yaml", Manifests.ConfigMap("b", "three")));
        await FailsAsync("UntrustedServer");
        await stop.CancelAsync();
        await sampling;
        seen.Keys.ShouldContain(static line => line.Contains("git", StringComparison.Ordinal));

        async Task FailsAsync(string reason)
        {
            var failed = await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False", reason);
            failed.Message.ShouldStartWith($"spec.sources[1] ({urls[1]}): ");
            await LooksAsync(reason);
        }

        async Task LooksAsync(string when)
        {
            (await ValueAsync(space, "a")).ShouldBe("one");
            var events = await cluster.ListAsync(Kinds.Event, application.Namespace);
            var stored = (await cluster.GetAsync(Kinds.Application, application.Namespace, application.Name))!;
            var pages = await cluster.ListAsync(Kinds.Inventory, application.Namespace);
            var shown = string.Join('\n', [
                stored.Json.ToJsonString(), .. events.Concat(pages).Select(static item => item.Json.ToJsonString()), .. running.Log, await running.MetricsAsync(),
                .. seen.Keys, .. Files(space.Options.CacheDirectory),
            ]);
            foreach (var secret in secrets)
            {
                shown.ShouldNotContain(secret, Case.Insensitive, when);
                foreach (var user in (string[])["ada", "bob", "token"])
                {
                    shown.ShouldNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")), Case.Sensitive, when);
                }
            }
        }

        string UrlOf(GitRepo repository) => server.Private($"{Path.GetFileName(new Uri(repository.Url).LocalPath)}/.git");

        Task<ApplicationResource> UntilReadyAsync() => space.UntilAsync(application, "is ready", static found =>
            found.Status.Condition(Conditions.Ready)?.IsTrue == true && found.Status.Condition(StatusConditions.SourceReady)?.IsTrue == true);

        Task SetAsync(int index, string user, string password, string authority) => cluster.ApplyAsync(Kinds.Secret, new(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject
            {
                ["namespace"] = space.ApplicationNamespace,
                ["name"] = $"login-{index}",
                ["labels"] = new JsonObject { [CredentialSecret.ArgoLabel] = "repository" },
            },
            ["stringData"] = new JsonObject { ["url"] = urls[index], ["username"] = user, ["password"] = password, ["ca.crt"] = authority },
        }));
    }

    [Fact]
    public async Task Sources_are_verified_by_keys_of_their_own_from_Secrets_and_ConfigMaps()
    {
        var signing = Signing.Require(cluster.NewDirectory("signing"));
        await using var space = await TestSpace.CreateAsync(cluster, "policies");
        using var jane = signing.OpenPgp("jane");
        var kim = signing.Ssh("kim");
        var (web, shared) = (space.NewRepository(), space.NewRepository());
        (web.Signer, web.SignerEnvironment) = (jane.Git, jane.Environment);
        shared.Signer = kim.Git;
        web.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        shared.Commit(("b.yaml", Manifests.ConfigMap("b", "one")));
        await PutAsync(Kinds.Secret, "stringData", "release", jane.Public);
        await PutAsync(Kinds.ConfigMap, "data", "people", kim.Public);
        await space.StartOperatorAsync();
        var application = await CreateAsync(
            space, [web.Url, shared.Url],
            """{"mode": "HEAD", "keys": [{"secretRef": {"name": "release"}}]}""", """{"mode": "Strict", "keys": [{"configMapRef": {"name": "people"}}]}""");
        var ready = await UntilVerifiedAsync("True", "Verified", "spec.sources[1]: ");
        ready.Message.ShouldContain(jane.Fingerprint);
        ready.Message.ShouldContain(kim.Fingerprint);
        await space.UntilAsync("both are applied", async () => await ValueAsync(space, "a") == "one" && await ValueAsync(space, "b") == "one");

        // Each key counts for its own source.
        (shared.Signer, shared.SignerEnvironment) = (jane.Git, jane.Environment);
        shared.Commit(("b.yaml", Manifests.ConfigMap("b", "two")));
        await UntilVerifiedAsync("False", "UnknownKey", "spec.sources[1]: ");
        web.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "b", """{"data":{"key":"by-hand"} }""");
        await space.UntilAsync("the drift is healed", async () => await ValueAsync(space, "b") == "one");
        (await ValueAsync(space, "a")).ShouldBe("one");

        // Revoked while the operator runs.
        await PutAsync(Kinds.ConfigMap, "data", "people", jane.Public);
        await space.UntilAsync("both are applied", async () => await ValueAsync(space, "a") == "two" && await ValueAsync(space, "b") == "two");
        jane.Revoke();
        await PutAsync(Kinds.Secret, "stringData", "release", jane.Public);
        await UntilVerifiedAsync("False", "RevokedKey", "spec.sources[0]: ");
        await cluster.DeleteAsync(Kinds.Secret, space.ApplicationNamespace, "release");
        await UntilVerifiedAsync("Unknown", "KeysMissing", "spec.sources[0]: ");
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data":{"key":"by-hand"} }""");
        await space.UntilAsync("the drift is healed", async () => await ValueAsync(space, "a") == "two");

        async Task<Condition> UntilVerifiedAsync(string status, string reason, string part) => (await space.UntilAsync(
            application, $"is {reason}", found => found.Status.Condition(Conditions.SourceVerified) is { } condition && condition.Status == status
                && condition.Reason == reason && condition.Message.Contains(part, StringComparison.Ordinal))).Status.Condition(Conditions.SourceVerified)!;

        Task PutAsync(Kubernetes.Resources.ApiResource kind, string field, string name, string key) => cluster.ApplyAsync(kind, new(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = kind.Kind,
            ["metadata"] = new JsonObject { ["namespace"] = space.ApplicationNamespace, ["name"] = name },
            [field] = new JsonObject { ["key"] = key },
        }));
    }

    private static Task<NamespacedName> CreateAsync(TestSpace space, string[] urls, params string[] verify) =>
        space.CreateApplicationAsync("web", space.NewRepository(), change: json =>
        {
            var spec = json["spec"]!.AsObject();
            spec.Remove("source");
            var sources = new JsonArray();
            for (var i = 0; i < urls.Length; i++)
            {
                var source = new JsonObject { ["repoURL"] = urls[i], ["targetRevision"] = "main", ["path"] = "." };
                if (i < verify.Length)
                {
                    source["verify"] = JsonNode.Parse(verify[i]);
                }

                sources.Add((JsonNode)source);
            }

            spec["sources"] = sources;
        });

    /// <summary>What is on disk, small files whole: configurations of mirrors among them.</summary>
    private static IEnumerable<string> Files(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            string? text = null;
            try
            {
                text = File.ReadAllText(file);
            }
            catch (IOException)
            {
                // It was there for one run of git.
            }

            yield return text ?? string.Empty;
        }
    }

    private static async Task SampleAsync(ConcurrentDictionary<string, byte> seen, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(static path => char.IsDigit(path[^1])))
            {
                try
                {
                    seen.TryAdd(File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' '), 0);
                }
                catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
                {
                    // It has ended, or is somebody else's.
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task<string?> ValueAsync(TestSpace space, string name) => (await cluster.GetAsync(Kinds.ConfigMap, space.Target, name))?.At("data", "key")?.GetValue<string>();
}
