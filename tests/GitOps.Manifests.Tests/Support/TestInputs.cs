namespace GitOps.Manifests.Tests.Support;

/// <summary>What tests need from outside the repository.</summary>
internal static class TestInputs
{
    private const string CorpusVariable = "GITOPS_TEST_CORPUS";

    public static string RequireCorpus()
    {
        var corpus = Environment.GetEnvironmentVariable(CorpusVariable);
        if (string.IsNullOrEmpty(corpus))
        {
            SkipUnlessCi($"no corpus: name its folder in {CorpusVariable}");
        }

        return corpus!;
    }

    /// <summary>A missing input must not pass unnoticed where all of them are expected.</summary>
    public static void SkipUnlessCi(string reason)
    {
        Assert.SkipUnless(string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase), reason);
        Assert.Fail(reason);
    }
}
