using System.Text;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Helm;

/// <summary>The objects of what <c>helm template</c> wrote, each with the template that it comes from.</summary>
internal static class HelmManifests
{
    private static ReadOnlySpan<byte> SourceMark => "---\n# Source: "u8;

    /// <param name="output">Of helm.</param>
    /// <param name="path">Of the chart.</param>
    /// <param name="objects">Takes them, in helm's order.</param>
    /// <param name="errors">Takes what is no object.</param>
    /// <param name="warnings">Takes what was passed over.</param>
    public static void Read(ReadOnlySpan<byte> output, string path, List<RenderedObject> objects, List<ManifestError> errors, List<string> warnings)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!output.IsEmpty)
        {
            var (origin, start) = ("the output of helm", 0);
            if (output.StartsWith(SourceMark))
            {
                var rest = output[SourceMark.Length..];
                var end = rest.IndexOf((byte)'\n');
                end = end < 0 ? rest.Length : end;
                origin = OriginOf(path, Encoding.UTF8.GetString(rest[..end]).Trim());
                start = Math.Min(output.Length, SourceMark.Length + end + 1);
            }

            var next = NextMark(output[start..]);
            var content = next < 0 ? output[start..] : output[start..(start + next)];
            output = next < 0 ? [] : output[(start + next)..];
            counts[origin] = counts.GetValueOrDefault(origin) + 1;
            ReadOne(origin, counts[origin], content, objects, errors, warnings);
        }
    }

    /// <summary>The chart's name is where the directory is, whatever that is called.</summary>
    private static string OriginOf(string path, string source) =>
        source.IndexOf('/', StringComparison.Ordinal) is > 0 and var cut ? TreePath.Combine(path, source[(cut + 1)..]) : source;

    private static int NextMark(ReadOnlySpan<byte> output)
    {
        var offset = 0;
        while (true)
        {
            var found = output[offset..].IndexOf(SourceMark);
            if (found < 0)
            {
                return -1;
            }

            offset += found;
            if (offset == 0 || output[offset - 1] == '\n')
            {
                return offset;
            }

            offset++;
        }
    }

    private static void ReadOne(
        string origin, int number, ReadOnlySpan<byte> content, List<RenderedObject> objects, List<ManifestError> errors, List<string> warnings)
    {
        var (found, problems) = (new List<RenderedObject>(), new List<ManifestError>());
        PlainFile.Read(origin, content, isJson: false, YamlLimits.Default, found, problems, warnings);

        // Lines are of what came of the template, not of the template.
        objects.AddRange(found.Select(item => item with { Location = new(origin, number, 1) }));
        errors.AddRange(problems.Select(problem => new ManifestError(
            problem.File, null, problem.Location is { } at ? $"line {at.Line} of what it renders to: {problem.Message}" : problem.Message)));
    }
}
