namespace GitOps.Referee.Tests;

public sealed class IndependenceTests
{
    [Fact]
    public void The_referee_knows_no_assembly_that_is_not_the_runtimes_own() =>
        typeof(Judge).Assembly.GetReferencedAssemblies().Select(static name => name.Name!)
            .Where(static name => name is not ("netstandard" or "mscorlib") && !name.StartsWith("System.", StringComparison.Ordinal))
            .ShouldBeEmpty("a judge that shares code with the judged shares its errors");
}
