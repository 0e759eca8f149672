using System.Text;
using GitOps.Operator.Charts.Packages;
using GitOps.Operator.Git;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GitOps.Operator.Charts.Provenance;

/// <summary>What a provenance file says, once its signature is known to be good: the chart's own description, and digests by file name.</summary>
/// <param name="Chart">Name and version of the chart.</param>
/// <param name="Files">File name of the package to <c>sha256:…</c>.</param>
internal sealed record ProvenanceFile(ChartFile Chart, IReadOnlyDictionary<string, string> Files)
{
    private const int MaxFiles = 16;

    /// <param name="signed">The text that was signed, as gpg gives it out, and never the file itself.</param>
    /// <param name="subject">Of messages.</param>
    /// <exception cref="GitException">It says nothing of a chart's package.</exception>
    public static ProvenanceFile Parse(byte[] signed, string subject)
    {
        var text = Encoding.UTF8.GetString(signed).ReplaceLineEndings("\n");
        var end = text.IndexOf("\n...\n", StringComparison.Ordinal);
        if (end < 0)
        {
            throw Bad(subject);
        }

        return new(
            ChartFile.Parse(Encoding.UTF8.GetBytes(text[..(end + 1)]), $"{subject}: the provenance file"),
            Digests(text[(end + "\n...\n".Length)..], subject));
    }

    private static Dictionary<string, string> Digests(string text, string subject)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (parser.Consume<Scalar>().Value != "files")
                {
                    parser.SkipThisAndNestedEvents();
                    continue;
                }

                parser.Consume<MappingStart>();
                while (!parser.TryConsume<MappingEnd>(out _) && files.Count < MaxFiles)
                {
                    files[parser.Consume<Scalar>().Value] = parser.Consume<Scalar>().Value;
                }
            }

            return files;
        }
        catch (Exception exception) when (exception is YamlException or InvalidOperationException or ArgumentException)
        {
            throw Bad(subject, exception);
        }
    }

    private static GitException Bad(string subject, Exception? inner = null) =>
        new(GitFailure.NotVerified, $"{subject}: what its provenance file signs names no package and digest", inner);
}
