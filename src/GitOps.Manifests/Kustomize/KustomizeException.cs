namespace GitOps.Manifests.Kustomize;

/// <summary>
/// A kustomization cannot be built. Says what is wrong within the one at hand; every level on the way out adds where that is.
/// </summary>
internal sealed class KustomizeException : Exception
{
    public KustomizeException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>The kustomization file that is at fault; null until it is known.</summary>
    public string? File { get; init; }
}
