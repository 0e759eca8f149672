using GitOps.Operator.Model.Versions;

namespace GitOps.Operator.Helm;

/// <summary>Which versions of helm are run. What another one makes of a chart is not known, so it is not asked.</summary>
internal static class HelmSupport
{
    private static readonly SemanticVersion Oldest = SemanticVersion.Parse("3.17.0")!;
    private static readonly SemanticVersion Unknown = SemanticVersion.Parse("5.0.0")!;

    /// <param name="version">As helm tells it: <c>v4.2.3</c>.</param>
    /// <param name="program">For the message.</param>
    /// <returns>Why it cannot be used, and the way out; null: it can.</returns>
    public static string? Problem(string version, string program)
    {
        var found = version.StartsWith('v') ? SemanticVersion.Parse(version)?.Release : null;
        var why = found is null ? "is no helm that is known here"
            : found.CompareTo(Oldest) < 0 ? $"is Helm {version[1..]}, which is too old"
            : found.CompareTo(Unknown) >= 0 ? $"is Helm {version[1..]}, which is not known here"
            : null;
        return why is null ? null : $"the program '{program}' {why}: install Helm 4, or 3.17 or later, or name it with --helm";
    }
}
