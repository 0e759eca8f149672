using System.CommandLine;

namespace GitOps.Operator.Commands;

/// <summary>The commands of the program. Their names and options are a contract: scripts and manifests hold them.</summary>
internal static class CommandLine
{
    /// <summary>How long a command may take to end after SIGINT or SIGTERM; less than a pod's usual 30 seconds.</summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(28);

    public static RootCommand Create(Func<string, string?> environment) => new("Pulls desired state from Git and keeps a Kubernetes cluster equal to it.")
    {
        RunCommand.Create(environment),
        SandboxCommand.Create(),
        RenderCommand.Create(),
    };

    public static Task<int> InvokeAsync(string[] arguments) =>
        Create(Environment.GetEnvironmentVariable).Parse(arguments)
            .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TerminationTimeout });
}
