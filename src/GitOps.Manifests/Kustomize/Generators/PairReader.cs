using System.Text;
using GitOps.Manifests.Kustomize.Model;

namespace GitOps.Manifests.Kustomize.Generators;

/// <summary>Reads the keys and values of a generator: of files of variables, then literals, then files.</summary>
internal static class PairReader
{
    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="KustomizeException">A file is missing, or a key or a value malformed.</exception>
    public static async ValueTask<List<KeyValuePair<string, byte[]>>> ReadAsync(BuildRoot root, GeneratorArguments arguments, CancellationToken cancellationToken)
    {
        var pairs = new List<KeyValuePair<string, byte[]>>();
        foreach (var path in arguments.Envs)
        {
            AddVariables(path, await root.ReadAsync(path, cancellationToken), pairs);
        }

        foreach (var literal in arguments.Literals)
        {
            var equals = literal.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new KustomizeException($"invalid literal source {(equals < 0 ? literal : string.Empty)}, expected key=value");
            }

            pairs.Add(new(literal[..equals], Encoding.UTF8.GetBytes(Unquoted(literal[(equals + 1)..]))));
        }

        foreach (var source in arguments.Files)
        {
            var (key, path) = SplitFile(source);
            pairs.Add(new(key, (await root.ReadAsync(path, cancellationToken)).ToArray()));
        }

        BuildWork.Hold(pairs.Count, pairs.Sum(static pair => (long)pair.Value.Length));

        return pairs;
    }

    private static void AddVariables(string path, ReadOnlyMemory<byte> content, List<KeyValuePair<string, byte[]>> pairs)
    {
        var bytes = content.Span;
        bytes = bytes.StartsWith(Mark) ? bytes[Mark.Length..] : bytes;
        string text;
        try
        {
            text = Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new KustomizeException($"'{path}' is not UTF-8 text", exception);
        }

        foreach (var raw in text.Split('\n'))
        {
            var line = (raw.EndsWith('\r') ? raw[..^1] : raw).TrimStart();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? line : line[..equals];
            if (name.Length > 0)
            {
                // kustomize takes any name, and passes over a line that has none.
                pairs.Add(new(name, Encoding.UTF8.GetBytes(equals < 0 ? string.Empty : line[(equals + 1)..])));
            }
        }
    }

    private static string Unquoted(string text) =>
        text.Length >= 2 && text[0] == text[^1] && text[0] is '"' or '\'' ? text[1..^1] : text;

    private static (string Key, string Path) SplitFile(string source)
    {
        var parts = source.Split('=');
        return parts switch
        {
            [var path] => (path[(path.LastIndexOf('/') + 1)..], path),
            ["", var path] => throw new KustomizeException($"missing key name for file path \"{path}\" in source \"{source}\""),
            [var key, ""] => throw new KustomizeException($"missing file path for key name \"{key}\" in source \"{source}\""),
            [var key, var path] => (key, path),
            _ => throw new KustomizeException($"source \"{source}\" key name or file path contains '='"),
        };
    }
}
