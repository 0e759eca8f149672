using System.Runtime.CompilerServices;

namespace GitOps.Operator.Tests.Diff;

/// <summary>Texts that are kept beside the tests. With UPDATE_GOLDEN=1 what is expected is written anew.</summary>
internal static class Golden
{
    private static readonly bool IsUpdating = string.Equals(Environment.GetEnvironmentVariable("UPDATE_GOLDEN"), "1", StringComparison.Ordinal);

    /// <param name="file">Relative to the tests' folder.</param>
    /// <param name="text">What came out.</param>
    /// <param name="here">Filled in by the compiler.</param>
    public static void Check(string file, string text, [CallerFilePath] string here = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(here))!, file);
        if (IsUpdating)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        text.ShouldBe(File.ReadAllText(path));
    }
}
