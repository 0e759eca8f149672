namespace GitOps.Operator.Tests.Architecture;

/// <summary>The source files beside the test's own binaries.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Paths from the root with slashes, of what people wrote.</summary>
    public static IReadOnlyList<string> SourceFiles(string folder) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private static string FindRoot(string directory) =>
        File.Exists(Path.Combine(directory, "GitOps.Operator.sln"))
            ? directory
            : FindRoot(Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("GitOps.Operator.sln is in no directory above the tests"));
}
