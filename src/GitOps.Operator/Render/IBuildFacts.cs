namespace GitOps.Operator.Render;

/// <summary>
/// What a rendering may ask beside files: the version of helm, and what the cluster serves. The answers are among the recorded
/// inputs, so only what asked is rendered anew when one changes.
/// </summary>
internal interface IBuildFacts
{
    /// <summary>Of the helm program.</summary>
    const string Helm = "helm";

    /// <summary>Of the cluster.</summary>
    const string KubeVersion = "kubeVersion";

    /// <summary>A hash of all API versions and kinds that the cluster serves.</summary>
    const string ApiVersions = "apiVersions";

    /// <summary>Begins the name of one API version, or of a kind in one.</summary>
    const string Serves = "serves/";

    /// <returns>Null: there is no such thing.</returns>
    ValueTask<string?> FindAsync(string name, CancellationToken cancellationToken);
}
