using GitOps.Operator.Git;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GitOps.Operator.Charts.Packages;

/// <summary>What a Chart.yaml says that it is.</summary>
/// <param name="Name">Of the chart; empty: not told.</param>
/// <param name="Version">Of the chart; empty: not told.</param>
internal sealed record ChartFile(string Name, string Version)
{
    public const string FileName = "Chart.yaml";

    private const int MaxBytes = 1024 * 1024;
    private const int MaxDepth = 40;

    /// <param name="content">UTF-8.</param>
    /// <param name="subject">Of messages: which package.</param>
    /// <exception cref="GitException">It cannot be read.</exception>
    public static ChartFile Parse(ReadOnlyMemory<byte> content, string subject)
    {
        if (content.Length > MaxBytes)
        {
            throw new GitException(GitFailure.TooLarge, $"{subject}: {FileName} is larger than {MaxBytes} bytes");
        }

        try
        {
            using var text = new StreamReader(new MemoryStream(content.ToArray(), writable: false));
            return Read(new Parser(new Scanner(text, skipComments: true)));
        }
        catch (Exception exception) when (exception is YamlException or InvalidOperationException or ArgumentException)
        {
            throw new GitException(GitFailure.Other, $"{subject}: {FileName} is not valid YAML", exception);
        }
    }

    private static ChartFile Read(Parser parser)
    {
        var (name, version) = (string.Empty, string.Empty);
        string? key = null;
        var depth = 0;
        while (parser.MoveNext())
        {
            var current = parser.Current!;
            var before = depth;
            depth += current.NestingIncrease;
            if (depth > MaxDepth)
            {
                throw new InvalidOperationException("nested too deep");
            }

            // Stream, document and mapping are open: here are the fields, by turns a key and its value.
            if (before != 3 && depth != 3)
            {
                continue;
            }

            if (current is Scalar scalar && before == 3)
            {
                (name, version) = key switch
                {
                    "name" => (scalar.Value, version),
                    "version" => (name, scalar.Value),
                    _ => (name, version),
                };
                key = key is null ? scalar.Value : null;
            }
            else if (before == 4 || (current is AnchorAlias && before == 3))
            {
                // A collection or an alias has ended, which was a value.
                key = null;
            }
        }

        return new(name, version);
    }
}
