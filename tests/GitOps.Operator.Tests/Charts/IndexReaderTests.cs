using System.Text;
using GitOps.Operator.Charts.Index;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Charts;

public sealed class IndexReaderTests
{
    [Theory]
    [InlineData("apiVersion: v1\nentries: {web: [{version: 1.0.0, urls: [a.tgz], digest: AB}]}", "1.0.0 a.tgz ab")]
    [InlineData("{\"apiVersion\":\"v1\",\"entries\":{\"web\":[{\"version\":\"1.0.0\",\"urls\":[\"a.tgz\",\"b.tgz\"]}]}}", "1.0.0 a.tgz ")]
    [InlineData("apiVersion: v1\nentries:\n  db: [{version: 9.9.9}]\n  web:\n  - version: 1.0.0\n    digest: sha256:cd\n  - version: 2.0.0\n", "1.0.0  cd, 2.0.0  ")]
    [InlineData("entries:\n  web:\n  - version: 1.0.0\n    dependencies:\n    - {name: web, version: 7.7.7, urls: [x]}\n    maintainers: [{version: 8.8.8}]\napiVersion: v1\n", "1.0.0  ")]
    [InlineData("apiVersion: v1\nentries:\n  web:\n  - null\n  - just text\n  - [a]\n  - name: web\n  - version: 1.0.0\n", "1.0.0  ")]
    [InlineData("apiVersion: v1\nentries: {web: []}", "")]
    [InlineData("\uFEFFapiVersion: v1\nentries:\n  web:\n  - version: \"1.10\"\n    urls: []\n", "1.10  ")]
    [InlineData("apiVersion: v1\n? [a, b]\n: {entries: {web: [{version: 3.0.0}]}}\nentries:\n  web:\n  - version: &x 1.0.0\n    urls: {a: b}\n    digest: *x\n", "1.0.0  ")]
    public void Reads_versions_urls_and_digests_of_a_chart(string index, string expected) =>
        string.Join(", ", Read(index).Charts["web"].Select(static entry => $"{entry.Version} {entry.Url} {entry.Digest}")).ShouldBe(expected);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("# nothing\n", "is empty")]
    [InlineData("<!DOCTYPE html><html></html>", "is not one")]
    [InlineData("- a\n- b\n", "is not one")]
    [InlineData("entries: {}\n", "has no apiVersion")]
    [InlineData("apiVersion: v1\nentries: {web: {version: 1.0.0}}\n", "no versions of chart 'web'")]
    [InlineData("apiVersion: v1\nentries:\n  web: [{version: 1.0.0}\n", "not valid YAML")]
    [InlineData("apiVersion: v1\nentries:\n\tweb: []\n", "not valid YAML")]
    [InlineData("apiVersion: v1\nentries:\n  web:\n  - version: \"1.0", "not valid YAML")]
    public void Says_what_is_wrong_with_what_is_no_index(string index, string words) =>
        Should.Throw<GitException>(() => Read(index)).Message.ShouldContain(words);

    [Theory]
    [InlineData("apiVersion: v1\nentries:\n")]
    [InlineData("apiVersion: v1\nentries: {}\n")]
    [InlineData("apiVersion: v1\nentries: null\ngenerated: now\n")]
    public void An_empty_repository_has_no_charts(string index) => Read(index).Count.ShouldBe(0);

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Nesting_without_end_is_refused_at_once(string open)
    {
        var index = "apiVersion: v1\nentries:\n  other:\n  - " + string.Concat(Enumerable.Repeat(open, 200_000));
        Should.Throw<GitException>(() => Read(index)).Message.ShouldContain("nested deeper");
    }

    [Fact]
    public void Too_many_versions_of_the_chart_are_refused() =>
        Should.Throw<GitException>(() => Read("apiVersion: v1\nentries:\n  web:\n" + string.Concat(Enumerable.Repeat("  - version: 1.0.0\n", 1001))))
            .Kind.ShouldBe(GitFailure.TooLarge);

    [Fact]
    public void A_million_entries_of_other_charts_take_no_memory()
    {
        using var stream = new RepeatedText(
            "apiVersion: v1\nentries:\n  other:\n", "  - version: 1.0.0\n", 1_000_000, "  web:\n  - version: 1.2.3\n");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var content = IndexReader.Read(stream, new HashSet<string>(StringComparer.Ordinal) { "web" }, 1000, TestContext.Current.CancellationToken);
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(50_000_000);
        content.Charts["web"].ShouldHaveSingleItem().Version.ShouldBe("1.2.3");
    }

    private static IndexContent Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return IndexReader.Read(stream, new HashSet<string>(StringComparer.Ordinal) { "web" }, 1000, TestContext.Current.CancellationToken);
    }

    private sealed class RepeatedText(string head, string line, int times, string tail) : Stream
    {
        private readonly IEnumerator<byte[]> _parts = Parts(head, line, times, tail).GetEnumerator();
        private ReadOnlyMemory<byte> _part;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            while (_part.IsEmpty)
            {
                if (!_parts.MoveNext())
                {
                    return 0;
                }

                _part = _parts.Current;
            }

            var length = Math.Min(count, _part.Length);
            _part[..length].CopyTo(buffer.AsMemory(offset));
            _part = _part[length..];
            return length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _parts.Dispose();
            base.Dispose(disposing);
        }

        private static IEnumerable<byte[]> Parts(string head, string line, int times, string tail)
        {
            yield return Encoding.UTF8.GetBytes(head);
            var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 1000)));
            for (var i = 0; i < times / 1000; i++)
            {
                yield return lines;
            }

            yield return Encoding.UTF8.GetBytes(tail);
        }
    }
}
