using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;

namespace GitOps.Operator.Commands;

/// <summary>What the user has to hear and can act on; the message is one line.</summary>
internal sealed class CommandException : Exception
{
    public CommandException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Ends a command that failed for a known reason with one line on the error output and exit code 1.</summary>
internal static class CommandErrors
{
    public const int Failed = 1;

    public static async Task<int> GuardAsync(TextWriter error, Func<Task<int>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (OneLine(exception) is { } line)
        {
            await error.WriteLineAsync("error: " + line);
            return Failed;
        }
    }

    /// <summary>Null for an exception that nobody expected: it keeps its stack.</summary>
    public static string? OneLine(Exception exception) => exception switch
    {
        ApiException api => Flat($"the API server refused ({(int)api.Code} {api.Reason}): {api.Message}"),
        OperationCanceledException => "took too long, and was given up",
        CommandException or KubeconfigException or ApiConnectionException or GitException or ManifestException or SourceTreeException or HelmException
            or IOException or UnauthorizedAccessException => Flat(exception.Message),
        _ => null,
    };

    private static string Flat(string message) =>
        string.Join("; ", message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
