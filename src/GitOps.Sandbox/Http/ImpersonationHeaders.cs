using System.Collections.Immutable;
using GitOps.Sandbox.Authorization;
using Microsoft.AspNetCore.Http;

namespace GitOps.Sandbox.Http;

/// <summary>Reads whom a caller wants to be taken for.</summary>
internal static class ImpersonationHeaders
{
    private const string User = "Impersonate-User";
    private const string Group = "Impersonate-Group";
    private const string Uid = "Impersonate-Uid";
    private const string ExtraPrefix = "Impersonate-Extra-";

    /// <returns>As the headers say, no group added; null: nobody else.</returns>
    /// <exception cref="ApiError">400: more than the user is named, but no user.</exception>
    public static Caller? Read(HttpRequest request)
    {
        var headers = request.Headers;
        var user = First(headers, User);
        var groups = headers[Group].Select(static group => group ?? string.Empty).ToList();
        var wanted = new Caller(user, groups, First(headers, Uid)) { Extra = Extra(headers) };
        if (user.Length > 0)
        {
            return wanted;
        }

        return wanted.Uid.Length == 0 && groups.Count == 0 && wanted.Extra.IsEmpty
            ? null
            : throw ApiError.BadRequest($"requested {Describe(wanted)} without impersonating a user name");
    }

    private static string First(IHeaderDictionary headers, string name) => headers[name] is [{ } first, ..] ? first : string.Empty;

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Extra(IHeaderDictionary headers)
    {
        var extra = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase))
            {
                var key = Unescape(name[ExtraPrefix.Length..].ToLowerInvariant());
                extra[key] = [.. extra.GetValueOrDefault(key, []), .. values.Select(static value => value ?? string.Empty)];
            }
        }

        return extra.ToImmutable();
    }

    /// <summary>A key with a percent sign that begins no escape stays as it is, whole.</summary>
    private static string Unescape(string key)
    {
        for (var i = key.IndexOf('%', StringComparison.Ordinal); i >= 0; i = key.IndexOf('%', i + 1))
        {
            if (i + 2 >= key.Length || !char.IsAsciiHexDigit(key[i + 1]) || !char.IsAsciiHexDigit(key[i + 2]))
            {
                return key;
            }
        }

        return Uri.UnescapeDataString(key);
    }

    private static string Describe(Caller wanted)
    {
        static string List(IEnumerable<string> texts) => $"[]string{{{string.Join(", ", texts.Select(GoText.Quote))}}}";

        var groups = wanted.Groups.Count == 0 ? "[]string(nil)" : List(wanted.Groups);
        var extra = wanted.Extra.IsEmpty
            ? "map[string][]string(nil)"
            : $"map[string][]string{{{string.Join(", ", wanted.Extra.Select(static item => $"{GoText.Quote(item.Key)}:{List(item.Value)}"))}}}";
        return $"&user.DefaultInfo{{Name:{GoText.Quote(wanted.Name)}, UID:{GoText.Quote(wanted.Uid)}, Groups:{groups}, Extra:{extra}}}";
    }
}
