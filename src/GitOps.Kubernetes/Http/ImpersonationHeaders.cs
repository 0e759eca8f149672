using System.Net.Http.Headers;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Http;

internal static class ImpersonationHeaders
{
    /// <returns>Whether a header stands there several times, for which the connection needs <see cref="RepeatedHeaders"/>.</returns>
    public static bool Add(HttpRequestHeaders headers, Impersonation impersonation)
    {
        var isRepeated = Add(headers, "Impersonate-User", [impersonation.User]);
        isRepeated |= impersonation.Uid is { } uid && Add(headers, "Impersonate-Uid", [uid]);
        isRepeated |= Add(headers, "Impersonate-Group", impersonation.Groups);
        foreach (var (key, values) in impersonation.Extra ?? Impersonation.NoExtra)
        {
            isRepeated |= Add(headers, "Impersonate-Extra-" + Uri.EscapeDataString(key.ToLowerInvariant()), values);
        }

        return isRepeated;
    }

    private static bool Add(HttpRequestHeaders headers, string name, IReadOnlyList<string> values)
    {
        foreach (var value in values)
        {
            Check(value);
        }

        if (values.Count > 0)
        {
            RepeatedHeaders.Add(headers, name, values);
        }

        return values.Count > 1;
    }

    /// <summary>
    /// A header that the runtime would quietly leave out or fold means a request made as somebody else than asked.
    /// </summary>
    private static void Check(string value)
    {
        if (value.Length == 0 || value.Any(static letter => letter is < ' ' or >= (char)127))
        {
            throw new ArgumentException("whom to impersonate has to be printable ASCII and not empty", nameof(value));
        }
    }
}
