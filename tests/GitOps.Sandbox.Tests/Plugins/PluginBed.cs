using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Plugins;

/// <summary>A cluster and a namespace of the test's own; what it creates outside of that is deleted afterwards.</summary>
internal sealed class PluginBed : IAsyncDisposable
{
    private readonly List<string> _created = [];

    private PluginBed(TestCluster cluster, string @namespace) => (Cluster, Namespace) = (cluster, @namespace);

    public TestCluster Cluster { get; }

    public string Namespace { get; }

    public static async Task<PluginBed> StartAsync(string labels = "{}")
    {
        var cluster = await TestCluster.ConnectAsync();
        var ns = "plugins-" + Guid.NewGuid().ToString("N")[..8];
        (await cluster.PostAsync(
            "/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{ns}}}","labels":{{{labels}}} } }""")).Ok();
        return new(cluster, ns);
    }

    /// <summary>A path of the core group within the namespace.</summary>
    public string Path(string rest) => $"/api/v1/namespaces/{Namespace}/{rest}";

    public Task<Answer> PostAsync(string rest, string body) => Cluster.PostAsync(Path(rest), body);

    public async Task CreateClusterWideAsync(string path, string name, string body)
    {
        (await Cluster.PostAsync(path, body)).Ok();
        _created.Add($"{path}/{name}");
    }

    /// <summary>A real server hears of a change a moment later.</summary>
    public Task EventuallyAsync(Func<Task<bool>> condition, string what) => Eventually.HoldsAsync(condition, what);

    public async ValueTask DisposeAsync()
    {
        foreach (var path in _created)
        {
            await Cluster.DeleteAsync(path);
        }

        await Cluster.DisposeAsync();
    }
}
