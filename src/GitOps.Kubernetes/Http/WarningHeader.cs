using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;

namespace GitOps.Kubernetes.Http;

/// <summary><c>Warning: 299 - "text"</c>; one header may hold several, separated by commas.</summary>
internal static class WarningHeader
{
    private const string KubernetesCode = "299";

    public static ImmutableArray<string> Read(HttpResponseHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("Warning", out var lines))
        {
            return [];
        }

        var texts = new List<string>();
        foreach (var line in lines)
        {
            foreach (var text in Parse(line))
            {
                if (!texts.Contains(text, StringComparer.Ordinal))
                {
                    texts.Add(text);
                }
            }
        }

        return [.. texts];
    }

    /// <summary>The texts of code 299; what is malformed is left out.</summary>
    public static IEnumerable<string> Parse(string line)
    {
        var at = 0;
        while (at < line.Length)
        {
            var quote = line.IndexOf('"', at);
            if (quote < 0)
            {
                yield break;
            }

            var isKubernetes = line.AsSpan(at, quote - at).Trim([' ', ',']).StartsWith(KubernetesCode + " ", StringComparison.Ordinal);
            var (text, end) = Unquote(line, quote + 1);
            if (isKubernetes && text.Length > 0)
            {
                yield return text;
            }

            at = end;
        }
    }

    private static (string Text, int End) Unquote(string line, int at)
    {
        var text = new StringBuilder();
        while (at < line.Length && line[at] != '"')
        {
            at += line[at] == '\\' && at + 1 < line.Length ? 1 : 0;
            text.Append(line[at++]);
        }

        return (text.ToString(), at + 1);
    }
}
