namespace GitOps.Operator.Commands;

/// <summary>The sandbox's temporary directory; only its user may look into it. Disposing deletes it.</summary>
internal sealed class SandboxWorkspace : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("gitops-sandbox-");

    public string Kubeconfig => Path.Combine(_root.FullName, "kubeconfig");

    public string Repository => Path.Combine(_root.FullName, "repository");

    public string Cache => Path.Combine(_root.FullName, "cache");

    public ValueTask DisposeAsync()
    {
        try
        {
            _root.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else cleaned up.
        }

        return ValueTask.CompletedTask;
    }
}
