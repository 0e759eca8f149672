using System.Reflection;

namespace GitOps.Operator.Observability;

/// <summary>Which build this is, from the assembly: <c>1.2.3</c> and the commit behind the plus sign, where the build knew it.</summary>
internal sealed record BuildInfo(string Version, string Commit)
{
    public static BuildInfo Current { get; } = Parse(
        typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty);

    public static BuildInfo Parse(string informationalVersion)
    {
        var plus = informationalVersion.IndexOf('+', StringComparison.Ordinal);
        return plus < 0
            ? new(informationalVersion, string.Empty)
            : new(informationalVersion[..plus], informationalVersion[(plus + 1)..]);
    }

    public override string ToString() => Commit.Length == 0 ? Version : $"{Version} ({Commit[..Math.Min(12, Commit.Length)]})";
}
