using System.Runtime.CompilerServices;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials;
using GitOps.Testing.Servers;

namespace GitOps.EndToEnd.Tests.Observability;

/// <summary>A real Prometheus, with the shipped rules, is asked all that the shipped dashboards ask, after syncs, drift and failures.</summary>
public sealed class DashboardTests(Cluster cluster)
{
    private static readonly string Deploy = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../deploy"));

    /// <summary>Queries for which no number is right here, and why.</summary>
    private static readonly Dictionary<string, string> Without = new(StringComparer.Ordinal)
    {
        ["operator: Helm duration"] = "no chart is rendered in this test",
    };

    [Fact]
    public async Task Every_panel_and_every_variable_has_data()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "panels");
        var repository = space.NewRepository();
        var broken = space.NewRepository();
        var gone = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")), ("left/b.yaml", Manifests.ConfigMap("b", "one")));
        broken.Commit(("c.yaml", Manifests.ConfigMap("c", "one", "no-such-namespace")));
        gone.Commit(("d.yaml", Manifests.ConfigMap("d", "one")));
        var web = await space.CreateApplicationAsync("web", repository);
        var left = await space.CreateApplicationAsync("left", repository, "left", static application => application["spec"]!["syncPolicy"]!["automated"]!["selfHeal"] = false);
        var failing = await space.CreateApplicationAsync("failing", broken);
        var away = await space.CreateApplicationAsync("away", gone, ".", application => application["spec"]!["destination"]!["namespace"] = space.Target);
        await cluster.ApplyAsync(Kinds.Secret, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "Secret",
             "metadata": {"namespace": "{{space.ApplicationNamespace}}", "name": "login", "labels": {"{{CredentialSecret.OurLabel}}": "repository"},
                          "annotations": {"{{Annotations.ExpiresAt}}": "2090-01-01"} },
             "stringData": {"url": "https://git.example.invalid/team", "username": "robot", "password": "opaque"} }
            """));
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(web, first);
        await space.UntilSyncedAsync(left, first);
        await space.UntilAsync(away, "is synced", static found => found.Status.Sync?.Status == SyncCode.Synced);
        await space.UntilConditionAsync(failing, Conditions.Ready, "False", "SyncFailed");
        using var prometheus = await PrometheusServer.StartAsync(cluster.NewDirectory("prometheus"), running.Address, Path.Combine(Deploy, "prometheus/rules.yaml"));
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["__rate_interval"] = "5m",
            ["namespace"] = space.ApplicationNamespace,
            ["application"] = "web",
            ["instance"] = running.Address.Authority,
        };
        var dashboards = Directory.GetFiles(Path.Combine(Deploy, "grafana"), "*.json");
        dashboards.Length.ShouldBe(4);
        await space.UntilAsync("it has been scraped", async () => (await prometheus.QueryAsync("gitops_operator_application_info")).Count > 0);

        // From here on it happens while somebody looks: what increases, increases in a scrape.
        var again = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await space.UntilSyncedAsync(web, again);
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "b", """{"data": {"key": "left"}}""", "kubectl-edit");
        await space.UntilAsync(left, "reports drift", static found => found.Status.DriftCount == 1);
        gone.Vanish();
        await space.UntilConditionAsync(away, "SourceReady", "False");
        await space.UntilAsync("all of it has been scraped", async () =>
        {
            // Healed again and again, until the field is contested: then something is wrong with it for longer than a moment.
            await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data": {"key": "edited"}}""", "kubectl-edit");
            return (await MissingAsync(prometheus, dashboards, values)).Count == 0;
        });

        foreach (var dashboard in dashboards)
        {
            foreach (var (name, found) in await DashboardQueries.VariablesAsync(dashboard, prometheus, values))
            {
                found.Contains(values[name], StringComparer.Ordinal).ShouldBeTrue($"{dashboard}: {name}");
            }
        }

        prometheus.Warnings.ShouldBeEmpty();
        foreach (var query in dashboards.SelectMany(path => DashboardQueries.Of(path, values)).Where(static query => Without.ContainsKey(query.Where)))
        {
            (await DashboardQueries.HasDataAsync(prometheus, query)).ShouldBeFalse($"{query}: {Without[query.Where]}");
        }
    }

    private static async Task<List<PanelQuery>> MissingAsync(
        PrometheusServer prometheus, IEnumerable<string> dashboards, Dictionary<string, string> values)
    {
        var missing = new List<PanelQuery>();
        foreach (var query in dashboards.SelectMany(path => DashboardQueries.Of(path, values)).Where(static query => !Without.ContainsKey(query.Where)))
        {
            if (!await DashboardQueries.HasDataAsync(prometheus, query))
            {
                missing.Add(query);
            }
        }

        if (missing.Count > 0)
        {
            TestContext.Current.SendDiagnosticMessage(string.Join('\n', missing));
        }

        return missing;
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
