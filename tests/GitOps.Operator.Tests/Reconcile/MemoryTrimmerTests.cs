using GitOps.Operator.Controllers;

namespace GitOps.Operator.Tests.Reconcile;

public sealed class MemoryTrimmerTests
{
    private const long Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(500, 495, 0, true)]
    [InlineData(500, 400, 0, false)] // Still at work.
    [InlineData(500, 495, 470, false)] // Too little since the last time.
    [InlineData(514, 514, 482, true)]
    [InlineData(1, 0, 0, false)]
    public void MemoryIsGivenBackOnceWorkIsOver(long now, long lastLook, long lastTrim, bool isDue) =>
        MemoryTrimmer.IsDue(now * Megabyte, lastLook * Megabyte, lastTrim * Megabyte).ShouldBe(isDue);
}
