using System.Text;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>A URL with a scheme, or an absolute path.</summary>
internal sealed class CelUrl : CelOpaque
{
    private readonly string _text;

    private CelUrl(string text)
        : base(CelTypes.Url) => _text = text;

    public string Scheme { get; private init; } = string.Empty;

    /// <summary>With its port.</summary>
    public string Host { get; private init; } = string.Empty;

    public string Hostname => Host.StartsWith('[') && Host.Contains(']', StringComparison.Ordinal)
        ? Host[1..Host.IndexOf(']', StringComparison.Ordinal)]
        : Host.Split(':')[0];

    public string Port
    {
        get
        {
            var rest = Host[(Host.LastIndexOf(']') + 1)..];
            var colon = rest.LastIndexOf(':');
            return colon < 0 ? string.Empty : rest[(colon + 1)..];
        }
    }

    public string EscapedPath { get; private init; } = string.Empty;

    public string RawQuery { get; private init; } = string.Empty;

    /// <summary>The parameters of the query, decoded, each with its values in order.</summary>
    public CelMap Query()
    {
        var values = new OrderedDictionary<string, List<CelValue>>(StringComparer.Ordinal);
        foreach (var pair in RawQuery.Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Decoded(equals < 0 ? pair : pair[..equals]);
            var value = Decoded(equals < 0 ? string.Empty : pair[(equals + 1)..]);
            if (pair.Length == 0 || pair.Contains(';', StringComparison.Ordinal) || name is null || value is null)
            {
                continue;
            }

            if (!values.TryGetValue(name, out var all))
            {
                values[name] = all = [];
            }

            all.Add(CelString.Of(value));
        }

        var map = new CelDictionary();
        foreach (var (name, all) in values)
        {
            map.Set(CelString.Of(name), new CelArray(all));
        }

        return map;
    }

    /// <summary>Null, with the reason, if the text is none.</summary>
    public static CelUrl? Parse(string text, out string mistake)
    {
        mistake = Mistake(text) is { } wrong ? $"parse \"{text}\": {wrong}" : string.Empty;
        if (mistake.Length > 0)
        {
            return null;
        }

        var rest = text;
        var colon = SchemeLength(text);
        var scheme = colon > 0 ? text[..colon].ToLowerInvariant() : string.Empty;
        rest = colon > 0 ? rest[(colon + 1)..] : rest;
        var fragment = rest.IndexOf('#', StringComparison.Ordinal);
        rest = fragment < 0 ? rest : rest[..fragment];
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var query = question < 0 ? string.Empty : rest[(question + 1)..];
        rest = question < 0 ? rest : rest[..question];
        var host = string.Empty;
        if (rest.StartsWith("//", StringComparison.Ordinal) && (scheme.Length > 0 || !rest.StartsWith("///", StringComparison.Ordinal)))
        {
            var end = rest.IndexOf('/', 2);
            var authority = end < 0 ? rest[2..] : rest[2..end];
            rest = end < 0 ? string.Empty : rest[end..];
            host = authority[(authority.LastIndexOf('@') + 1)..];
            if (HostMistake(host) is { } wrongHost)
            {
                mistake = $"parse \"{text}\": {wrongHost}";
                return null;
            }
        }

        return new(text) { Scheme = scheme, Host = host, EscapedPath = rest.StartsWith('/') || rest.Length == 0 ? Escaped(rest) : string.Empty, RawQuery = query };
    }

    public override bool Same(CelValue other) => other is CelUrl url && url._text == _text;

    public override JsonNode ToJson() => _text;

    private static string? Mistake(string text)
    {
        if (text.Length == 0)
        {
            return "empty url";
        }

        if (text.Any(static c => c < ' ' || c == '\u007f'))
        {
            return "net/url: invalid control character in URL";
        }

        if (text.StartsWith(':'))
        {
            return "missing protocol scheme";
        }

        var scheme = SchemeLength(text);
        if (scheme == 0 && !text.StartsWith('/') && text != "*")
        {
            return "invalid URI for request";
        }

        var hash = text.IndexOf('#', StringComparison.Ordinal);
        var end = text.IndexOf('?', StringComparison.Ordinal) is >= 0 and var question ? question : hash < 0 ? text.Length : hash;
        for (var i = 0; i < end; i++)
        {
            if (text[i] == '%' && !(i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2])))
            {
                return $"invalid URL escape \"{text[i..Math.Min(i + 3, text.Length)]}\"";
            }
        }

        return null;
    }

    private static string? HostMistake(string host)
    {
        var bracket = host.LastIndexOf(']');
        if (host.StartsWith('[') && bracket < 0)
        {
            return "missing ']' in host";
        }

        var port = host[(bracket + 1)..];
        var colon = bracket >= 0 ? port.IndexOf(':', StringComparison.Ordinal) : port.LastIndexOf(':');
        if (colon >= 0 && !port[(colon + 1)..].All(char.IsAsciiDigit))
        {
            return $"invalid port \"{port[colon..]}\" after host";
        }

        return host.FirstOrDefault(static c => c is ' ' or '"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}') is not '\0' and var wrong
            ? $"invalid character \"{wrong}\" in host name"
            : null;
    }

    private static int SchemeLength(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == ':')
            {
                return i;
            }

            if (!char.IsAsciiLetter(c) && (i == 0 || !(char.IsAsciiDigit(c) || c is '+' or '-' or '.')))
            {
                return 0;
            }
        }

        return 0;
    }

    private static string Escaped(string path)
    {
        var text = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(path))
        {
            var c = (char)b;
            text.Append(char.IsAsciiLetterOrDigit(c) || "-_.~$&+,/:;=@%!'()*[]".Contains(c, StringComparison.Ordinal) ? c.ToString() : $"%{b:X2}");
        }

        return text.ToString();
    }

    private static string? Decoded(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && !(i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2])))
            {
                return null;
            }
        }

        return Uri.UnescapeDataString(text.Replace('+', ' '));
    }
}
