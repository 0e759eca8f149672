using System.Globalization;
using System.Text;

namespace GitOps.Operator.Git;

/// <summary>What a commit says about itself; every text is bounded and free of control characters, and none of it is verified.</summary>
/// <remarks>
/// <para><paramref name="Author"/>: <c>Name &lt;mail&gt;</c>.</para>
/// <para><paramref name="Subject"/>: The message's first paragraph as one line.</para>
/// <para><paramref name="SignatureFormat"/>: <c>openpgp</c>, <c>ssh</c> or <c>x509</c>; null without a signature. Not checked here.</para>
/// </remarks>
internal sealed record CommitInfo(
    string Sha,
    string TreeId,
    string Author,
    string Committer,
    string Subject,
    DateTimeOffset AuthoredAt,
    DateTimeOffset CommittedAt,
    string? SignatureFormat)
{
    private const int MaxText = 200;
    private const int MaxMessage = 16 * 1024;

    /// <summary>The pull or merge request that the message names: <c>#123</c>, <c>group/project!12</c>; null: none.</summary>
    public string? PullRequest { get; init; }

    /// <summary>Reads a commit object. Survives any encoding and any date; a commit without a tree is damage.</summary>
    /// <exception cref="GitException"><see cref="GitFailure.Corrupt"/>.</exception>
    public static CommitInfo Parse(string sha, ReadOnlySpan<byte> content)
    {
        var split = content.IndexOf("\n\n"u8);
        var head = split < 0 ? content : content[..split];
        var headers = new Dictionary<string, Range>(StringComparer.Ordinal);
        var position = 0;
        while (position < head.Length)
        {
            var end = head[position..].IndexOf((byte)'\n');
            end = end < 0 ? head.Length : position + end;
            var space = head[position..end].IndexOf((byte)' ');
            if (space > 0)
            {
                headers.TryAdd(Encoding.ASCII.GetString(head.Slice(position, space)), (position + space + 1)..end);
            }

            position = end + 1;
        }

        if (!headers.TryGetValue("tree", out var tree))
        {
            throw new GitException(GitFailure.Corrupt, $"commit {sha} names no tree");
        }

        var encoding = Encoding.UTF8;
        if (headers.TryGetValue("encoding", out var range)
            && Encoding.ASCII.GetString(head[range]) is var name
            && (name.StartsWith("iso-8859-1", StringComparison.OrdinalIgnoreCase) || name.StartsWith("latin", StringComparison.OrdinalIgnoreCase)))
        {
            encoding = Encoding.Latin1;
        }

        var author = Person(headers.TryGetValue("author", out range) ? head[range] : [], encoding);
        var committer = Person(headers.TryGetValue("committer", out range) ? head[range] : [], encoding);
        var message = split < 0 ? [] : content[(split + 2)..];
        var signature = headers.TryGetValue("gpgsig", out range) || headers.TryGetValue("gpgsig-sha256", out range) ? head[range] : [];
        return new CommitInfo(
            sha,
            Encoding.ASCII.GetString(head[tree]),
            author.Name,
            committer.Name,
            FirstParagraph(message, encoding),
            author.At,
            committer.At,
            Format(signature))
        {
            PullRequest = PullRequests.Find(encoding.GetString(message[..Math.Min(message.Length, MaxMessage)])),
        };

        static string? Format(ReadOnlySpan<byte> signature) => signature switch
        {
            [] => null,
            _ when signature.IndexOf("SSH SIGNATURE"u8) >= 0 => "ssh",
            _ when signature.IndexOf("SIGNED MESSAGE"u8) >= 0 => "x509",
            _ => "openpgp",
        };
    }

    private static (string Name, DateTimeOffset At) Person(ReadOnlySpan<byte> line, Encoding encoding)
    {
        var close = line.LastIndexOf((byte)'>');
        var name = Text(close < 0 ? line : line[..(close + 1)], encoding);
        var date = close < 0 ? string.Empty : Encoding.ASCII.GetString(line[(close + 1)..]).Trim();
        var space = date.IndexOf(' ', StringComparison.Ordinal);
        var seconds = space < 0 ? date : date[..space];
        const long LastSecond = 253402300799;
        return long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? (name, DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(value, 0, LastSecond)))
            : (name, DateTimeOffset.UnixEpoch);
    }

    private static string FirstParagraph(ReadOnlySpan<byte> message, Encoding encoding)
    {
        message = message.TrimStart("\r\n \t"u8);
        var end = message.IndexOf("\n\n"u8);
        var windows = message.IndexOf("\n\r\n"u8);
        if (windows >= 0 && (end < 0 || windows < end))
        {
            end = windows;
        }

        return Text(end < 0 ? message : message[..end], encoding);
    }

    private static string Text(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        var text = encoding.GetString(bytes[..Math.Min(bytes.Length, MaxText * 4)]);
        var builder = new StringBuilder(Math.Min(text.Length, MaxText));
        foreach (var rune in text.EnumerateRunes())
        {
            if (builder.Length >= MaxText)
            {
                builder.Append('…');
                break;
            }

            var category = Rune.GetUnicodeCategory(rune);
            if (rune.Value is '\n' or '\t')
            {
                builder.Append(' ');
            }
            else if (category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator))
            {
                builder.Append(rune.ToString());
            }
        }

        return builder.ToString().Trim();
    }
}
