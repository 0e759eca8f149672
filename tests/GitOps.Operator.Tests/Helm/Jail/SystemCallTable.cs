using System.Globalization;

namespace GitOps.Operator.Tests.Helm.Jail;

/// <summary>Names and numbers of the kernel's own headers.</summary>
internal static class SystemCallTable
{
    public static readonly IReadOnlyDictionary<string, uint> X64 = Read(1);

    public static readonly IReadOnlyDictionary<string, uint> Arm64 = Read(2);

    /// <summary>Names that a container's default profile lets through.</summary>
    public static readonly IReadOnlyList<string> RuntimeDefault = [.. Lines("runtime-default.txt")];

    private static Dictionary<string, uint> Read(int column) => Lines("system-calls.txt")
        .Select(static line => line.Split(' '))
        .Where(fields => fields[column] != "-")
        .ToDictionary(static fields => fields[0], fields => uint.Parse(fields[column], CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private static IEnumerable<string> Lines(string name) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Jail", name)).Where(static line => line is not ['#', ..]);
}
