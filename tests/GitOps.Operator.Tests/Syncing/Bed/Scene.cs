using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>
/// Where a rule is played: a cluster, a repository, a clock, and the operator's life, which may end at any request. Nothing
/// happens that no line of the rule says.
/// </summary>
internal sealed class Scene : IAsyncDisposable
{
    private const int MaxPasses = 30;
    private static readonly KubernetesObject[] Policy = [.. ShippedPolicy.ReadAsync(CancellationToken.None).GetAwaiter().GetResult()];

    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryTrigger _trigger = new();
    private readonly Transcript _transcript = new();
    private readonly SceneFaults _faults = new();
    private OperatorProcess? _process;
    private NamespacedName _application = new("team-a", "web");

    public Scene()
    {
        // Some requests are made at the same time.
        var one = new Lock();
        Cluster = new(_time)
        {
            Asked = call =>
            {
                lock (one)
                {
                    _faults.Before(call);
                }
            },
            Answered = call =>
            {
                lock (one)
                {
                    _transcript.Tell(call);
                    _faults.After(call);
                }
            },
        };
        Repositories = new(_time);
    }

    public MemoryCluster Cluster { get; }

    public MemoryRepositories Repositories { get; }

    public ManualTimeProvider Time => _time;

    public SceneFaults Faults => _faults;

    public MemoryTrigger Trigger => _trigger;

    public Transcript Transcript => _transcript;

    public ResourceFilter Filter { get; set; } = ResourceFilter.Everything;

    /// <summary>The watches tell nothing until the next pass is over.</summary>
    public bool IsBlind { get; set; }

    /// <summary>The watch of Applications tells nothing new.</summary>
    public bool IsLagging { get; set; }

    /// <summary>Whose passes are made.</summary>
    public NamespacedName Application
    {
        get => _application;
        set => _application = value;
    }

    public ObjectKey ApplicationKey => new(Names.Group, Names.ApplicationKind, _application.Namespace, _application.Name);

    public static IReadOnlyList<KubernetesObject> ShippedObjects => Policy;

    /// <summary>Plays a rule.</summary>
    /// <returns>Its lines as they should have been.</returns>
    public static async Task<IReadOnlyList<string>> PlayAsync(Rule rule, CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        var commands = new SceneCommands(scene);
        await commands.RunAsync("begin", cancellationToken);
        scene._transcript.Take();
        var lines = new List<string>();
        foreach (var line in rule.Lines.Where(static line => !Rule.IsOutcome(line)))
        {
            lines.Add(line);
            if (line.Length > 0 && line[0] != '#')
            {
                await scene.TryAsync(commands.RunAsync(line, cancellationToken));
                lines.AddRange(scene._transcript.Take().Select(static told => "  " + told));
            }
        }

        return lines;
    }

    /// <summary>One pass.</summary>
    /// <returns>False: the operator died in it.</returns>
    public async Task<bool> PassAsync(CancellationToken cancellationToken)
    {
        _process ??= await StartAsync(cancellationToken);
        _trigger.Take(_application);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _faults.Life = life;
        try
        {
            var pass = _process.PassAsync(_application, IsLagging, life.Token);
            if (Repositories.Polling is not null && !pass.IsCompleted)
            {
                // It waits a moment for an answer that does not come.
                _time.Advance(TimeSpan.FromSeconds(5));
            }

            await pass;
            return true;
        }
        catch (OperationCanceledException) when (life.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            _faults.Life = null;
            _transcript.Say("the operator dies");
            await RestartAsync();
            return false;
        }
        finally
        {
            _faults.Life = null;
        }
    }

    /// <summary>Passes until nothing asks for another one at once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan? again = TimeSpan.Zero;
        for (var passes = 0; again is { } delay && delay <= TimeSpan.Zero; passes++)
        {
            passes.ShouldBeLessThan(MaxPasses, "it does not come to rest");
            if (!await PassAsync(cancellationToken))
            {
                return;
            }

            again = _trigger.Take(_application);
        }

        if (again is { } later)
        {
            _transcript.Say($"again in {GoDuration.Format(later)}");
        }
    }

    public async Task RestartAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    public async Task TellCountAsync(string metric) => _transcript.Say(_process is null ? "nothing is counted" : await _process.CountAsync(metric));

    /// <summary>Ends when the watches have told everything.</summary>
    public Task SettleAsync(CancellationToken cancellationToken) => _process is null || IsBlind ? Task.CompletedTask : _process.SettleAsync(cancellationToken);

    public void ChangeApplication(Action<JsonObject> change) => Cluster.Change(ApplicationKey, change, "kubectl");

    public async ValueTask DisposeAsync() => await RestartAsync();

    /// <summary>What a line cannot do is told as its outcome: no rule says that, so it fails, and names the line.</summary>
    private async Task TryAsync(Task doing)
    {
        try
        {
            await doing;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _transcript.Say($"! {failure.Message.ReplaceLineEndings(" ")}");
        }
    }

    private async Task<OperatorProcess> StartAsync(CancellationToken cancellationToken)
    {
        var process = new OperatorProcess(Cluster, Repositories, _time, _trigger, Filter, Policy[0]);
        await process.StartAsync(cancellationToken);
        return process;
    }
}
