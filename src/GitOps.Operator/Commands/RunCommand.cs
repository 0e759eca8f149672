using System.CommandLine;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Options;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.Operator.Commands;

/// <summary><c>run</c>: the operator, until it is told to stop.</summary>
internal static class RunCommand
{
    public static Command Create(Func<string, string?> environment)
    {
        var command = new Command("run", "Run the operator; in a cluster, without arguments.");
        var set = new OperatorOptionSet(environment);
        foreach (var option in set.All)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            return CommandErrors.GuardAsync(error, () => RunAsync(set.Read(parsed), environment, error, cancellationToken), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        OptionsResult result, Func<string, string?> environment, TextWriter error, CancellationToken cancellationToken)
    {
        foreach (var problem in result.Errors)
        {
            await error.WriteLineAsync("error: " + problem);
        }

        if (!result.Errors.IsEmpty)
        {
            return CommandErrors.Failed;
        }

        var cluster = KubeconfigLoader.Load(new KubeconfigRequest { Path = result.Options.Kubeconfig, Environment = environment });
        await using var host = OperatorHost.Build(result.Options, cluster);
        try
        {
            await CheckAsync(host.Services.GetRequiredService<IKubernetesClient>(), cancellationToken);
        }
        catch (ApiConnectionException exception)
        {
            throw new CommandException($"cannot reach the API server {cluster.Server}: {exception.Message}", exception);
        }

        return await OperatorHost.RunAsync(host, cancellationToken);
    }

    /// <summary>Fails at once, and with a name, where every loop would fail again and again.</summary>
    private static async Task CheckAsync(IKubernetesClient client, CancellationToken cancellationToken)
    {
        await client.Discovery.RefreshAsync(cancellationToken);
        foreach (var resource in new[] { Names.Application, Names.ResourceInventory })
        {
            if (await client.Discovery.FindAsync(resource.GroupVersionKind, cancellationToken) is { Outcome: LookupOutcome.Absent })
            {
                throw new CommandException(
                    $"the cluster does not serve {resource.GroupVersionKind}: install the custom resource definitions first (kubectl apply -f crds/)");
            }
        }
    }
}
