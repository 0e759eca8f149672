namespace GitOps.Operator.Tests.Git.Lfs;

internal static class LfsProgram
{
    /// <summary>Skips the test where the program is not there, and fails it in CI.</summary>
    public static void Require()
    {
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(static directory => File.Exists(Path.Combine(directory, "git-lfs"))))
        {
            (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }).ShouldBeFalse("git-lfs has to be on the PATH in CI");
            Assert.Skip("git-lfs is not on the PATH");
        }
    }
}
