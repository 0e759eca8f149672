namespace GitOps.Manifests.Yaml;

/// <summary>A document's text before it is parsed.</summary>
/// <param name="Number">From 1; what stands before the first <c>---</c> counts only if it has content.</param>
/// <param name="Line">Line of the file on which the text begins, from 1.</param>
/// <param name="Text">The text, ending with a line feed unless it is the last and is to be left as it is.</param>
internal readonly record struct YamlChunk(int Number, int Line, string Text);

/// <summary>
/// Cuts a file at the lines that begin with <c>---</c>, before any of it is parsed: what kubectl does. So one broken document
/// leaves the others readable.
/// </summary>
internal sealed class YamlSplitter
{
    private const string Separator = "---";

    private readonly string _text;
    private readonly bool _completesLastLine;
    private readonly List<YamlChunk> _chunks = [];
    private int _number = 1;
    private int _start;
    private int _startLine = 1;
    private bool _hasContent;

    private YamlSplitter(string text, bool completesLastLine) => (_text, _completesLastLine) = (text, completesLastLine);

    /// <summary>The documents that have content. Blank ones and those of comments only are passed over, but counted.</summary>
    /// <param name="text">The file.</param>
    /// <param name="completesLastLine">
    /// Whether a last line without a line feed gets one, which a literal block at the end of the file then has too.
    /// </param>
    /// <param name="errors">Receives what is wrong with the separators.</param>
    public static List<YamlChunk> Split(string text, bool completesLastLine, ICollection<YamlErrorException> errors)
    {
        var splitter = new YamlSplitter(text, completesLastLine);
        splitter.Run(errors);
        return splitter._chunks;
    }

    private void Run(ICollection<YamlErrorException> errors)
    {
        var isFirst = true;
        var line = 1;
        for (var position = 0; position < _text.Length; line++)
        {
            var end = _text.IndexOf('\n', position);
            end = end < 0 ? _text.Length : end;
            var next = Math.Min(end + 1, _text.Length);
            var current = _text.AsSpan(position, end - position);
            if (current.StartsWith(Separator, StringComparison.Ordinal))
            {
                var rest = current[Separator.Length..].Trim();
                if (rest.Length > 0 && rest[0] != '#')
                {
                    errors.Add(new(line, "only a comment may follow '---' on its line: begin the document on the next line"));
                }

                _number += Close(position) || !isFirst ? 1 : 0;
                (isFirst, _start, _startLine, _hasContent) = (false, next, line + 1, false);
            }
            else if (!_hasContent)
            {
                var content = current.TrimStart();
                _hasContent = content.Length > 0 && content[0] != '#';
            }

            position = next;
        }

        Close(_text.Length);
    }

    private bool Close(int end)
    {
        if (_hasContent)
        {
            var text = _text[_start..end];
            _chunks.Add(new(_number, _startLine, _completesLastLine && !text.EndsWith('\n') ? text + '\n' : text));
        }

        return _hasContent;
    }
}
