using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GitOps.Sandbox.Admission;

/// <summary>The string formats that a custom resource's schema can ask for; formats the server does not know are not checked.</summary>
internal static class TextFormats
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    public static bool IsValid(string format, string text) => format switch
    {
        "date-time" => text.Contains('T', StringComparison.OrdinalIgnoreCase)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "byte" => Base64.IsValid(text),
        "ipv4" => IPAddress.TryParse(text, out var four) && four.AddressFamily == AddressFamily.InterNetwork,
        "ipv6" => IPAddress.TryParse(text, out var six) && six.AddressFamily == AddressFamily.InterNetworkV6,
        "cidr" => IPNetwork.TryParse(text, out _),
        "uuid" => Guid.TryParse(text, out _),
        "uri" => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _),
        "duration" => IsDuration(text),
        _ => true,
    };

    /// <summary>As Go writes durations: <c>1h30m</c>, <c>1.5s</c>, <c>-10ms</c>, <c>0</c>.</summary>
    private static bool IsDuration(string text)
    {
        var rest = text.AsSpan().TrimStart("+-");
        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0)
            {
                return false;
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAny(Digits);
            var unit = letters < 0 ? rest : rest[..letters];
            if (unit is not ("ns" or "us" or "µs" or "μs" or "ms" or "s" or "m" or "h" or "d" or "w"))
            {
                return false;
            }

            rest = rest[unit.Length..];
        }

        return true;
    }
}
