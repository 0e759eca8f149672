using System.CommandLine;

namespace GitOps.Operator.Commands;

/// <summary>The commands of the program. Their names and options are a contract: scripts and manifests hold them.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Func<string, string?> environment) => new("Pulls desired state from Git and keeps a Kubernetes cluster equal to it.")
    {
        RunCommand.Create(environment),
        SandboxCommand.Create(),
        RenderCommand.Create(),
    };

    public static async Task<int> InvokeAsync(string[] arguments)
    {
        using var signals = new Signals();
        return await Create(Environment.GetEnvironmentVariable).Parse(arguments)
            .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, signals.Token);
    }
}
