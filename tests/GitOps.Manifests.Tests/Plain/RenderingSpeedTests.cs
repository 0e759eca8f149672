using System.Text;
using GitOps.Manifests.Tests.Support;

namespace GitOps.Manifests.Tests.Plain;

/// <summary>Alone and in processor time, so that what else the machine does counts for little.</summary>
[Collection(nameof(RenderingSpeedTests))]
[CollectionDefinition(nameof(RenderingSpeedTests), DisableParallelization = true)]
public sealed class RenderingSpeedTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Ten_thousand_objects_in_a_hundred_files_take_less_than_a_second()
    {
        var tree = Files.Tree(Enumerable.Range(0, 100).Select(static file => ($"f{file:D3}.yaml", Manifests(file))));
        (await tree.RenderAsync()).Objects.Length.ShouldBe(10_000);
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            await tree.RenderAsync();
            var used = Environment.CpuUsage.TotalTime - before;
            best = used < best ? used : best;
        }

        TestContext.Current.SendDiagnosticMessage($"10,000 objects in {best.TotalMilliseconds:F0} ms");
        best.ShouldBeLessThan(Limit);
    }

    private static string Manifests(int file)
    {
        var text = new StringBuilder();
        for (var i = 0; i < 100; i++)
        {
            text.Append(Files.ConfigMap($"cm-{file}-{i}", "default"))
                .Append($"  labels:\n    app: web\ndata:\n  key: \"{i}\"\n  text: |\n    some lines\n    of text\n---\n");
        }

        return text.ToString();
    }
}
