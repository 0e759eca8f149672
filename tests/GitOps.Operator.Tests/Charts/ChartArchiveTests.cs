using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using GitOps.Operator.Charts;
using GitOps.Operator.Charts.Packages;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Charts;

public sealed class ChartArchiveTests
{
    private static readonly ArchiveLimits Limits = new() { MaxEntries = 50, MaxFileBytes = 100_000, MaxTotalBytes = 1_000_000 };

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.V7)]
    public void Every_form_of_tar_is_read(TarEntryFormat format)
    {
        var package = ChartPackage.Packed(
            static writer =>
            {
                writer.WriteEntry(ChartPackage.Entry(writer, TarEntryType.Directory, "web/"));
                ChartPackage.Add(writer, "web/Chart.yaml", "name: web\n");
                ChartPackage.Add(writer, "./web/templates/a.yaml", new string('x', 1025));
                writer.WriteEntry(ChartPackage.Entry(writer, TarEntryType.RegularFile, "web/empty"));
            },
            format);
        var content = Read(package);
        content.Files.Keys.Order(StringComparer.Ordinal).ShouldBe(["Chart.yaml", "empty", "templates/a.yaml"]);
        content.Files["templates/a.yaml"].Length.ShouldBe(1025);
        content.Files["empty"].Length.ShouldBe(0);
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Long_names_are_read(TarEntryFormat format)
    {
        var name = "web/" + string.Join('/', Enumerable.Repeat("a-directory-with-a-name", format == TarEntryFormat.Ustar ? 6 : 9)) + "/file.yaml";
        Read(ChartPackage.Packed(writer => ChartPackage.Add(writer, name, "x"), format)).Files.ShouldHaveSingleItem().Key.ShouldBe(name["web/".Length..]);
    }

    [Fact]
    public void A_link_that_stays_inside_is_kept_as_one()
    {
        var content = Read(Links("web/b.yaml", "a.yaml"));
        content.Links["b.yaml"].ShouldBe("a.yaml");
    }

    [Theory]
    [InlineData("web/b.yaml", "../../etc/passwd")]
    [InlineData("web/b.yaml", "/etc/passwd")]
    [InlineData("web/templates/b.yaml", "../../x")]
    [InlineData("web/b.yaml", "a/../../x")]
    public void A_link_that_leads_out_is_refused(string path, string target) =>
        Should.Throw<GitException>(() => Read(Links(path, target))).Message.ShouldContain("leads out of it");

    [Theory]
    [InlineData("../web/a.yaml", "leads out")]
    [InlineData("web/../../a.yaml", "leads out")]
    [InlineData("/web/a.yaml", "absolute")]
    [InlineData("web\\a.yaml", "characters")]
    [InlineData("C:/web/a.yaml", "absolute")]
    [InlineData("web/a\nb.yaml", "characters")]
    [InlineData("other/a.yaml", "beside the directory")]
    [InlineData("web/Chart.yaml", "twice")]
    [InlineData("web//./Chart.yaml", "twice")]
    [InlineData("web/Chart.yaml/x", "no directory")]
    [InlineData("web/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/a/b/c/d/e/f/g/h", "levels")]
    public void A_path_that_may_not_be_is_refused(string path, string words) =>
        Should.Throw<GitException>(() => Read(ChartPackage.Packed(writer =>
        {
            ChartPackage.Add(writer, "web/Chart.yaml", "name: web\n");
            ChartPackage.Add(writer, path, "x");
        }))).Message.ShouldContain(words);

    [Theory]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public void What_is_neither_file_nor_directory_nor_link_is_refused(TarEntryType type) =>
        Should.Throw<GitException>(() => Read(ChartPackage.Packed(writer =>
        {
            var entry = ChartPackage.Entry(writer, type, "web/x");
            if (type == TarEntryType.HardLink)
            {
                entry.LinkName = "web/Chart.yaml";
            }

            writer.WriteEntry(entry);
        }))).Message.ShouldContain("neither a file");

    [Fact]
    public void Too_many_entries_are_refused() => TooLarge(ChartPackage.Packed(static writer =>
    {
        for (var i = 0; i < 51; i++)
        {
            ChartPackage.Add(writer, $"web/{i}", string.Empty);
        }
    })).ShouldContain("more than 50 entries");

    [Fact]
    public void A_file_that_is_too_large_is_refused() =>
        TooLarge(ChartPackage.Packed(static writer => ChartPackage.Add(writer, "web/a", new string('x', 100_001)))).ShouldContain("'a'");

    [Fact]
    public void What_unpacks_to_very_much_is_refused_on_the_way()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            // The header of a file of 8 GiB, and zeros for it.
            gzip.Write(Header("web/a", '0', "77777777777"));
            gzip.Write(new byte[2_000_000]);
        }

        TooLarge(bytes.ToArray()).ShouldContain("larg");
    }

    [Fact]
    public void Many_files_that_are_too_much_together_are_refused() => TooLarge(ChartPackage.Packed(static writer =>
    {
        for (var i = 0; i < 20; i++)
        {
            ChartPackage.Add(writer, $"web/{i}", new string('x', 90_000));
        }
    })).ShouldContain("unpacks to more than 1000000 bytes");

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void An_extended_header_that_says_it_is_huge_reserves_no_memory(char type)
    {
        var package = Gzip([.. Header("web/a", type, "17777777777"), .. new byte[512]]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<GitException>(() => Read(package)).Message.ShouldContain("no tar.gz");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(300)]
    public void A_package_that_breaks_off_is_refused(int length)
    {
        var whole = ChartPackage.Of("web", "1.0.0", ("a", new string('x', 1000)));
        Should.Throw<GitException>(() => Read(whole[..Math.Min(length, whole.Length / 2)]));
    }

    [Fact]
    public void What_is_no_package_is_refused() =>
        Should.Throw<GitException>(() => Read(Encoding.UTF8.GetBytes("<html>not found</html>"))).Message.ShouldContain("no tar.gz");

    [Fact]
    public void A_damaged_header_is_refused()
    {
        var tar = Header("web/a", '0', "00000000001");
        tar[0]++;
        Should.Throw<GitException>(() => Read(Gzip([.. tar, .. new byte[512]])));
    }

    [Fact]
    public void Files_of_an_artefact_stay_where_they_are()
    {
        var tar = ChartPackage.Packed(
            static writer =>
            {
                ChartPackage.Add(writer, "a.yaml", "x");
                ChartPackage.Add(writer, "apps/b.yaml", "y");
            },
            isPlain: true);
        ChartArchive.Read(tar, isPlainTar: true, hasTopDirectory: false, Limits, "it").Files.Keys.Order(StringComparer.Ordinal).ShouldBe(["a.yaml", "apps/b.yaml"]);
    }

    private static ArchiveContent Read(byte[] package) => ChartArchive.Read(package, isPlainTar: false, hasTopDirectory: true, Limits, "it");

    private static string TooLarge(byte[] package)
    {
        var failure = Should.Throw<GitException>(() => Read(package));
        failure.Kind.ShouldBe(GitFailure.TooLarge);
        return failure.Message;
    }

    private static byte[] Links(string path, string target) => ChartPackage.Packed(writer =>
    {
        ChartPackage.Add(writer, "web/a.yaml", "x");
        var link = ChartPackage.Entry(writer, TarEntryType.SymbolicLink, path);
        link.LinkName = target;
        writer.WriteEntry(link);
    });

    private static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return bytes.ToArray();
    }

    private static byte[] Header(string name, char type, string size)
    {
        var block = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(block, 0);
        Encoding.ASCII.GetBytes(size).CopyTo(block, 124);
        block[156] = (byte)type;
        Encoding.ASCII.GetBytes("ustar\0").CopyTo(block, 257);
        block.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(block.Sum(static b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        return block;
    }
}
