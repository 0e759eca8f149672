using GitOps.Kubernetes.Config;
using GitOps.Operator.Controllers;
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
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    /// <param name="options">Valid ones.</param>
    /// <param name="cluster">The cluster to work on.</param>
    /// <param name="logging">Null: to the console.</param>
    /// <param name="configure">Registers what takes the place of the operator's own services.</param>
    public static WebApplication Build(
        OperatorOptions options, ClusterConfig cluster, Action<ILoggingBuilder>? logging = null, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        (logging ?? (console => OperatorLogging.Configure(console, options, isTerminal: !Console.IsOutputRedirected)))(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false).UseUrls(
            options.WebhooksListen is { } apart ? [options.Listen, apart] : [options.Listen]);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        configure?.Invoke(builder.Services);
        builder.Services.AddGitOpsOperator(options, cluster);

        var host = builder.Build();
        if (options.WebhooksListen is { } webhooks)
        {
            WebhookEndpoints.KeepApart(host, BindingAddress.Parse(webhooks).Port);
        }

        WebhookEndpoints.Map(host, host.Services.GetRequiredService<WebhookReceiver>());
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
    /// <returns>The exit code: not 0 if it stopped by itself, because a loop broke.</returns>
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
        Log.Stopping(Logger(host), wasTold ? "told to" : "a loop broke, the log says which");
        await host.StopAsync(CancellationToken.None);
        return wasTold ? 0 : CommandErrors.Failed;
    }

    private static ILogger Logger(WebApplication host) => host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("GitOps.Operator");

    /// <summary>Signals are the command line's business: it cancels, and the caller stops the host.</summary>
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
