using System.Buffers;
using System.Text;

namespace GitOps.Manifests.Yaml;

/// <summary>From bytes to text, as kubectl decodes files, but without replacing what is not UTF-8.</summary>
internal static class ManifestText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding LittleEndian = new(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding BigEndian = new(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(ForbiddenCharacters());

    /// <summary>UTF-8, or UTF-16 with a byte order mark; the mark and the carriage returns of line ends are dropped.</summary>
    /// <exception cref="YamlErrorException">It is neither.</exception>
    public static string Decode(ReadOnlySpan<byte> content)
    {
        try
        {
            var text = content switch
            {
                [0xEF, 0xBB, 0xBF, .. var rest] => Utf8.GetString(rest),
                [0xFF, 0xFE, .. var rest] => LittleEndian.GetString(rest),
                [0xFE, 0xFF, .. var rest] => BigEndian.GetString(rest),
                _ => Utf8.GetString(content),
            };
            return text.Replace("\r\n", "\n", StringComparison.Ordinal);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + content[..Math.Clamp(e.Index, 0, content.Length)].Count((byte)'\n');
            throw new YamlErrorException(line, "the file is not UTF-8 text here: save it as UTF-8, or leave it out of the source");
        }
    }

    /// <summary>Refuses the control characters that YAML does not allow outside escapes.</summary>
    /// <exception cref="YamlErrorException">There is one.</exception>
    public static void CheckCharacters(string text, int firstLine)
    {
        var index = text.AsSpan().IndexOfAny(Forbidden);
        if (index >= 0)
        {
            var line = firstLine + text.AsSpan(0, index).Count('\n');
            throw new YamlErrorException(line, $"control character U+{(int)text[index]:X4} is not allowed in YAML: write it as an escape in double quotes");
        }
    }

    private static char[] ForbiddenCharacters()
    {
        var all = Enumerable.Range(0, 0x20).Where(static c => c is not ('\t' or '\n' or '\r'))
            .Concat(Enumerable.Range(0x7F, 0xA0 - 0x7F).Where(static c => c != 0x85))
            .Concat([0xFFFE, 0xFFFF]);
        return [.. all.Select(static c => (char)c)];
    }
}
