using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace GitOps.Operator.Tests.Charts;

/// <summary>Packages as helm makes them, and as it does not.</summary>
internal static class ChartPackage
{
    public static byte[] Of(string name, string version, params (string Path, string Text)[] files) => Packed(writer =>
    {
        Add(writer, $"{name}/Chart.yaml", $"apiVersion: v2\nname: {name}\nversion: {version}\n");
        foreach (var (path, text) in files)
        {
            Add(writer, $"{name}/{path}", text);
        }
    });

    public static byte[] Packed(Action<TarWriter> write, TarEntryFormat format = TarEntryFormat.Ustar, bool isPlain = false)
    {
        using var bytes = new MemoryStream();
        using (var gzip = isPlain ? (Stream)new NotClosed(bytes) : new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new TarWriter(gzip, format))
        {
            write(writer);
        }

        return bytes.ToArray();
    }

    public static void Add(TarWriter writer, string path, string text) => writer.WriteEntry(Entry(writer, TarEntryType.RegularFile, path, text));

    public static TarEntry Entry(TarWriter writer, TarEntryType type, string path, string? text = null)
    {
        TarEntry entry = writer.Format switch
        {
            TarEntryFormat.Pax => new PaxTarEntry(type, path),
            TarEntryFormat.Gnu => new GnuTarEntry(type, path),
            TarEntryFormat.V7 => new V7TarEntry(type == TarEntryType.RegularFile ? TarEntryType.V7RegularFile : type, path),
            _ => new UstarTarEntry(type, path),
        };
        if (text is not null)
        {
            entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        }

        return entry;
    }

    public static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>An index of charts: name, version, URL and package, whose digest it tells.</summary>
    public static string Index(params (string Name, string Version, string Url, byte[]? Package)[] charts)
    {
        var text = new StringBuilder("apiVersion: v1\nentries:\n");
        foreach (var chart in charts.GroupBy(static chart => chart.Name, StringComparer.Ordinal))
        {
            text.Append($"  {chart.Key}:\n");
            foreach (var (name, version, url, package) in chart)
            {
                text.Append($"  - name: {name}\n    version: {version}\n    urls:\n    - {url}\n");
                if (package is not null)
                {
                    text.Append($"    digest: {Digest(package)["sha256:".Length..]}\n");
                }
            }
        }

        return text.Append("generated: \"2026-01-01T00:00:00Z\"\n").ToString();
    }

    private sealed class NotClosed(Stream inner) : MemoryStream
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Write(ToArray());
            }

            base.Dispose(disposing);
        }
    }
}
