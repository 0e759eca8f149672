using System.CommandLine;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Options;
using GitOps.Sandbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Commands;

/// <summary>
/// <c>sandbox</c>: a whole GitOps set-up in one process, to try things on: an API server in memory, a Git repository on disk and
/// the operator between them. Everything it makes is gone when it ends, but for a repository of the user's own.
/// </summary>
internal static class SandboxCommand
{
    private const string LocalListen = "http://127.0.0.1:8080";
    private const string AnyPortListen = "http://127.0.0.1:0";

    public static Command Create()
    {
        var repository = new Option<DirectoryInfo>("--repository")
        {
            HelpName = "DIR",
            Description = "A Git repository of your own; its applications/*.yaml are applied. Default: a copy of the examples.",
        };
        var listen = new Option<string>("--listen")
        {
            HelpName = "URL",
            Arity = ArgumentArity.ZeroOrOne,
            Description = $"Where health and metrics are served. Default: any free port; without a URL: {LocalListen}.",
        };
        var helm = new Option<string>("--helm")
        {
            HelpName = "PROGRAM",
            DefaultValueFactory = static _ => new OperatorOptions().Helm,
            Description = "The helm program, for charts.",
        };
        var command = new Command("sandbox", "Try it: an API server in memory, a Git repository and the operator in one process.") { repository, listen, helm };
        command.SetAction((parsed, cancellationToken) =>
        {
            var configuration = parsed.InvocationConfiguration;
            var url = parsed.GetResult(listen) is null ? AnyPortListen : parsed.GetValue(listen) ?? LocalListen;
            var isTerminal = !Console.IsOutputRedirected && ReferenceEquals(configuration.Output, Console.Out);
            IStatusView view = isTerminal ? new StatusTable() : new StatusLines(configuration.Output, configuration.Error, TimeProvider.System);
            return CommandErrors.GuardAsync(
                configuration.Error,
                () => RunAsync(parsed.GetValue(repository)?.FullName, url, parsed.GetRequiredValue(helm), configuration.Output, view, cancellationToken),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string? ownRepository, string listen, string helm, TextWriter output, IStatusView view, CancellationToken cancellationToken)
    {
        await using var workspace = new SandboxWorkspace();
        var options = OptionsFor(workspace, listen, helm);
        var repository = ownRepository is null
            ? await ExampleRepository.CreateAsync(workspace.Repository, cancellationToken)
            : ExampleRepository.Check(ownRepository);

        await using var server = await SandboxServer.StartAsync(
            new SandboxOptions { Controllers = SandboxControllers.All, RecordRequests = false }, cancellationToken);
        server.WriteKubeconfig(workspace.Kubeconfig);
        await using var host = OperatorHost.Build(
            options, KubeconfigLoader.FromFile(workspace.Kubeconfig), logging => ConfigureLogging(logging, view));
        var client = host.Services.GetRequiredService<IKubernetesClient>();
        var setup = new SandboxSetup(client, options.OperatorNamespace);
        await setup.InstallAsync(cancellationToken);
        var addresses = await OperatorHost.StartAsync(host, cancellationToken);
        var count = await setup.ApplyApplicationsAsync(repository, cancellationToken);

        await output.WriteLineAsync(SandboxText.Welcome(workspace.Kubeconfig, repository, server.Url, addresses, count));
        return await ShowAsync(host, client, view, cancellationToken);
    }

    private static async Task<int> ShowAsync(WebApplication host, IKubernetesClient client, IStatusView view, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var showing = view.ShowAsync(new ApplicationFeed(client).ReadAsync(end.Token), end.Token);
        var ending = OperatorHost.WaitForEndAsync(host, end.Token);
        await Task.WhenAny(showing, ending);
        await end.CancelAsync();
        try
        {
            await showing;
        }
        catch (OperationCanceledException)
        {
            // Asked to.
        }

        return await OperatorHost.StopAsync(host, wasTold: cancellationToken.IsCancellationRequested);
    }

    private static OperatorOptions OptionsFor(SandboxWorkspace workspace, string listen, string helm)
    {
        var options = new OperatorOptions { CacheDirectory = workspace.Cache, AllowLocalRepositories = true, Listen = listen, Helm = helm };
        var errors = OperatorOptionsValidator.Validate(options);
        return errors.IsEmpty ? options : throw new CommandException(string.Join("; ", errors));
    }

    private static void ConfigureLogging(ILoggingBuilder logging, IStatusView view)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddProvider(new LineLoggerProvider(view.Note));
    }
}
