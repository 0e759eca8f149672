using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class PullRequestsTests
{
    [Theory]
    [InlineData("Fix it (#123)", "#123")]
    [InlineData("Fix it (#123)\n\nlong", "#123")]
    [InlineData("Revert \"Fix it (#123)\" (#124)", "#124")]
    [InlineData("Fix #123", null)]
    [InlineData("Fix it (#123) again", null)]
    [InlineData("Merge pull request #7 from dora/fix", "#7")]
    [InlineData("Merged PR 45: Fix it", "#45")]
    [InlineData("Merged in fix (pull request #9)", "#9")]
    [InlineData("Merge branch 'x' into 'main'\n\nFix it\n\nSee merge request team/sub.group/apps!12\n", "team/sub.group/apps!12")]
    [InlineData("Merge branch 'x'\r\n\r\nSee merge request !3\r\n", "!3")]
    [InlineData("Fix it\n\nsee (#5)", null)]
    [InlineData("", null)]
    public void A_commit_names_the_request_it_came_with(string message, string? expected) => PullRequests.Find(message).ShouldBe(expected);
}
