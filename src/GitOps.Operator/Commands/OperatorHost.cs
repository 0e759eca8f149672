using GitOps.Kubernetes.Config;
using GitOps.Operator.Controllers;
using GitOps.Operator.Leading;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Log = GitOps.Operator.Observability.Log;

namespace GitOps.Operator.Commands;

/// <summary>
/// The process around the operator: logging, endpoints, start and stop. It starts from an empty builder, so that no file in the
/// working directory and no variable of the framework changes what it does.
/// </summary>
internal static class OperatorHost
{
    /// <summary>The exit code of a process that has lost its lease: nothing is wrong with it, and it is to be started again.</summary>
    public const int LostLease = 3;

    /// <summary>For what comes after the passes: the last events, the lease, connections.</summary>
    private static readonly TimeSpan AfterPasses = TimeSpan.FromSeconds(6);

    /// <param name="options">Valid ones.</param>
    /// <param name="cluster">The cluster to work on.</param>
    /// <param name="logging">Null: to the console.</param>
    /// <param name="configure">Registers what takes the place of the operator's own services.</param>
    /// <param name="telemetry">Null: as the process's environment says.</param>
    public static WebApplication Build(
        OperatorOptions options, ClusterConfig cluster, Action<ILoggingBuilder>? logging = null, Action<IServiceCollection>? configure = null,
        TelemetrySettings? telemetry = null)
    {
        telemetry ??= TelemetrySettings.FromProcess();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        (logging ?? (console => OperatorLogging.Configure(console, options, isTerminal: !Console.IsOutputRedirected)))(builder.Logging);
        OperatorTelemetry.AddLogs(builder.Logging, telemetry);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false).UseUrls(
            options.WebhooksListen is { } apart ? [options.Listen, apart] : [options.Listen]);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout + AfterPasses);
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        builder.Services.AddSingleton(telemetry);
        configure?.Invoke(builder.Services);
        builder.Services.AddGitOpsOperator(options, cluster);

        var host = builder.Build();
        if (options.WebhooksListen is { } webhooks)
        {
            WebhookEndpoints.KeepApart(host, BindingAddress.Parse(webhooks).Port);
        }

        host.Services.GetRequiredService<OperatorTelemetry>();
        foreach (var problem in telemetry.Problems)
        {
            Log.TelemetryProblem(Logger(host), problem);
        }

        if (telemetry.Summary is { } sent)
        {
            Log.Telemetry(Logger(host), sent);
        }

        telemetry.Delivery.Tell((signal, problem) => Tell(Logger(host), signal, problem));
        var (receiver, standby) = (host.Services.GetRequiredService<WebhookReceiver>(), host.Services.GetRequiredService<StandbyWebhooks>());
        WebhookEndpoints.Map(host, (context, provider) => (standby.IsStandby ? standby.HandleAsync : (Func<HttpContext, string, Task>)receiver.HandleAsync)(context, provider));
        OperatorEndpoints.Map(host, host.Services.GetRequiredService<HealthRegistry>(), host.Services.GetRequiredService<OperatorMetrics>().Scraper);
        Log.Starting(
            Logger(host), BuildInfo.Current.ToString(), cluster.Server, options.OperatorNamespace,
            options.Namespaces.IsEmpty ? "all namespaces" : string.Join(", ", options.Namespaces));
        return host;
    }

    /// <summary>Starts it; the addresses it serves on.</summary>
    /// <exception cref="IOException">An address cannot be listened on.</exception>
    public static async Task<IReadOnlyList<string>> StartAsync(WebApplication host, CancellationToken cancellationToken)
    {
        await host.StartAsync(cancellationToken);
        string[] addresses = [.. host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];
        Log.Serving(Logger(host), string.Join(", ", addresses));
        return addresses;
    }

    /// <summary>Runs until it is told to stop.</summary>
    /// <returns>The exit code: not 0 if it stopped by itself, because a loop broke or the lease was lost.</returns>
    public static async Task<int> RunAsync(WebApplication host, CancellationToken cancellationToken)
    {
        await StartAsync(host, cancellationToken);
        await WaitForEndAsync(host, cancellationToken);
        return await StopAsync(host, wasTold: cancellationToken.IsCancellationRequested);
    }

    /// <summary>Returns when the caller cancels or the host ends by itself.</summary>
    public static async Task WaitForEndAsync(WebApplication host, CancellationToken cancellationToken)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var told = cancellationToken.Register(() => end.TrySetResult());
        await using var broke = host.Lifetime.ApplicationStopping.Register(() => end.TrySetResult());
        await end.Task;
    }

    public static async Task<int> StopAsync(WebApplication host, bool wasTold)
    {
        var lost = host.Services.GetRequiredService<Candidacy>().Lost is not null;
        Log.Stopping(Logger(host), wasTold ? "told to" : lost ? "the lease was lost" : "a loop broke, the log says which");
        await host.StopAsync(CancellationToken.None);
        return wasTold ? 0 : lost ? LostLease : CommandErrors.Failed;
    }

    private static void Tell(ILogger logger, string signal, string? problem)
    {
        if (problem is null)
        {
            Log.TelemetrySent(logger, signal);
        }
        else
        {
            Log.TelemetryLost(logger, signal, problem);
        }
    }

    private static ILogger Logger(WebApplication host) => host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("GitOps.Operator");

    /// <summary>Signals are the command line's business: it cancels, and the caller stops the host.</summary>
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
