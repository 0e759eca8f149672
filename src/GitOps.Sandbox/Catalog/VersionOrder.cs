using System.Globalization;
using System.Text.RegularExpressions;

namespace GitOps.Sandbox.Catalog;

/// <summary>Kubernetes' order of versions, the best first: v2, v1, v2beta1, v1beta2, v1alpha1, then all others by name.</summary>
internal sealed partial class VersionOrder : IComparer<string>
{
    public static readonly VersionOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var (left, right) = (Rank(x ?? string.Empty), Rank(y ?? string.Empty));
        var order = right.CompareTo(left);
        return order != 0 ? order : string.CompareOrdinal(x, y);
    }

    private static (int Stage, int Major, int Minor) Rank(string version)
    {
        var match = Pattern().Match(version);
        if (!match.Success)
        {
            return (0, 0, 0);
        }

        var stage = match.Groups["stage"].Value switch { "alpha" => 1, "beta" => 2, _ => 3 };
        return (stage, Number(match.Groups["major"]), Number(match.Groups["minor"]));
    }

    private static int Number(Group group) =>
        group.Success && int.TryParse(group.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex("^v(?<major>[0-9]+)((?<stage>alpha|beta)(?<minor>[0-9]+))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pattern();
}
