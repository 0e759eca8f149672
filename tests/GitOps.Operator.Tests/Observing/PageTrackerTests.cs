using GitOps.Kubernetes.Objects;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Tests.Observing;

/// <summary>
/// What happens to a page, a word each: <c>read:V</c>, <c>begin</c>, <c>end:V</c> (answered with version V, or not at all),
/// <c>event:V</c>, <c>list:V</c>, <c>deleted:V</c>; events that are somebody else's end in an exclamation mark.
/// </summary>
public sealed class PageTrackerTests
{
    private static readonly NamespacedName Page = new("apps", "web.0");

    [Theory]
    [InlineData("event:1!")]
    [InlineData("deleted:1")]
    [InlineData("read:1 event:1")]
    [InlineData("read:1 list:1")]
    [InlineData("read:1 event:2!")]
    [InlineData("read:1 list:2!")]
    [InlineData("read:1 deleted:2!")]
    [InlineData("begin end:1 event:1")]
    [InlineData("begin event:1 end:1")]
    [InlineData("begin event:1 end:1 event:2!")]
    [InlineData("read:1 begin end:3 event:2 event:3")]
    [InlineData("read:1 begin end:3 event:2 event:3 event:4!")]
    [InlineData("read:1 begin end:1 event:2!")]
    [InlineData("read:1 begin end: event:2!")]
    [InlineData("read:1 begin end:2 list:2 event:3!")]
    [InlineData("read:1 begin end:2 list:3!")]
    [InlineData("read:1 begin deleted:2 end:3 event:3")]
    [InlineData("begin end:2 begin event:2 end:3 event:3")]
    public void Others_are_told_from_ourselves(string story)
    {
        var tracker = new PageTracker();
        foreach (var word in story.Split(' '))
        {
            var isForeign = word.EndsWith('!');
            var (what, version) = word.TrimEnd('!').Split(':') is [var first, var second] ? (first, second) : (word, string.Empty);
            switch (what)
            {
                case "read":
                    tracker.Seen(Page, version);
                    break;
                case "begin":
                    tracker.BeginWrite(Page);
                    break;
                case "end":
                    tracker.EndWrite(Page, version.Length == 0 ? null : version);
                    break;
                default:
                    tracker.IsForeign(Page, version, deleted: what == "deleted", listed: what == "list").ShouldBe(isForeign, word);
                    break;
            }
        }
    }

    [Fact]
    public void Pages_are_told_apart()
    {
        var tracker = new PageTracker();
        tracker.Seen(Page, "1");
        tracker.IsForeign(Page with { Name = "web.1" }, "1", deleted: false, listed: false).ShouldBeTrue();
        tracker.IsForeign(Page, "1", deleted: false, listed: false).ShouldBeFalse();
    }
}
