using System.Collections.Immutable;
using GitOps.Operator.Model;

namespace GitOps.Operator.Webhooks;

/// <summary>A ref that a push has moved, made or deleted.</summary>
/// <param name="Name">Fully qualified; where its sender told only a short name, that.</param>
/// <param name="Before">Its commit before the push; null: not told, or there was none.</param>
internal readonly record struct PushedRef(string Name, string? Before)
{
    private const string Heads = "refs/heads/";
    private const string Tags = "refs/tags/";

    /// <summary>Whether a revision that somebody follows may now mean another commit. In doubt it may: then a look shows that it does not.</summary>
    /// <param name="revision">As it is followed.</param>
    /// <param name="defaultBranch">What the sender says HEAD names, short or fully qualified; null: not told.</param>
    public bool Touches(RevisionName revision, string? defaultBranch)
    {
        var text = revision.Text;
        if (IsCommitId(text))
        {
            return false;
        }

        if (text is "" or "HEAD")
        {
            return !Name.StartsWith(Tags, StringComparison.Ordinal) && (defaultBranch is null || Short(Name) == Short(defaultBranch));
        }

        if (!Name.StartsWith("refs/", StringComparison.Ordinal))
        {
            return Short(Name) == Short(text) || MayBeRange(revision);
        }

        return text == Name || Name.EndsWith("/" + text, StringComparison.Ordinal)
            || (Name.StartsWith(Tags, StringComparison.Ordinal) && MayBeRange(revision));
    }

    /// <summary>A range of versions may be answered by any tag.</summary>
    private static bool MayBeRange(RevisionName revision) =>
        revision.TagPrefix.Length > 0 || char.IsAsciiDigit(revision.Text[0]) || revision.Text[0] is '*' or '^' or '~' or '<' or '>' or '=' or '!' or 'v' or 'V' or 'x' or 'X';

    private static bool IsCommitId(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigitLower);

    private static string Short(string name) =>
        name.StartsWith(Heads, StringComparison.Ordinal) ? name[Heads.Length..]
        : name.StartsWith(Tags, StringComparison.Ordinal) ? name[Tags.Length..]
        : name;
}

/// <summary>What a verified call says was pushed. Nothing of it is ever fetched or shown: it is compared with what is followed.</summary>
/// <param name="Locations">The repository in every spelling that the sender told.</param>
/// <param name="Refs">Empty: not told, anything may have moved.</param>
/// <param name="DefaultBranch">What HEAD names; null: not told.</param>
internal sealed record Push(ImmutableHashSet<RepositoryLocation> Locations, ImmutableArray<PushedRef> Refs, string? DefaultBranch)
{
    /// <summary>Which ref of this push makes a revision mean another commit; false: none does.</summary>
    public bool Touches(RevisionName revision, out PushedRef by)
    {
        by = default;
        foreach (var pushed in Refs)
        {
            if (pushed.Touches(revision, DefaultBranch))
            {
                by = pushed;
                return true;
            }
        }

        return Refs.IsEmpty;
    }
}

internal enum WebhookEvent
{
    Push,
    Ping,

    /// <summary>Nothing that moves a ref.</summary>
    Other,
}

/// <summary>What a verified call is about.</summary>
internal sealed record WebhookCall(WebhookEvent Event, Push? Push)
{
    public static readonly WebhookCall Ping = new(WebhookEvent.Ping, null);
    public static readonly WebhookCall Other = new(WebhookEvent.Other, null);
}
