using Microsoft.Net.Http.Headers;

namespace GitOps.Operator.Observability;

/// <summary>The texts that metrics can be had in.</summary>
internal enum MetricsFormat
{
    /// <summary>Prometheus' own, version 0.0.4: it has no exemplars and no units.</summary>
    Text,

    /// <summary>OpenMetrics 1.0.</summary>
    OpenMetrics,
}

/// <summary>Which text a scraper wants, by its <c>Accept</c> header.</summary>
internal static class MetricsFormats
{
    private const string OpenMetricsType = "application/openmetrics-text";
    private const string OpenMetricsVersion = "1.0.0";
    private const string TextVersion = "0.0.4";

    public static string ContentType(this MetricsFormat format) => format == MetricsFormat.OpenMetrics
        ? $"{OpenMetricsType}; version={OpenMetricsVersion}; charset=utf-8"
        : PrometheusText.ContentType;

    /// <summary>What is wanted most; among equals what is named first; the older text where nothing of it is known.</summary>
    public static MetricsFormat Negotiate(IList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var wanted))
        {
            return MetricsFormat.Text;
        }

        var (best, quality) = (MetricsFormat.Text, 0.0);
        foreach (var type in wanted)
        {
            if (Match(type) is { } format && (type.Quality ?? 1) > quality)
            {
                (best, quality) = (format, type.Quality ?? 1);
            }
        }

        return best;
    }

    /// <summary>Whether a compressed answer is wanted.</summary>
    public static bool WantsGzip(IList<string?> acceptEncoding)
    {
        if (!StringWithQualityHeaderValue.TryParseList([.. acceptEncoding.OfType<string>()], out var wanted))
        {
            return false;
        }

        var named = wanted.FirstOrDefault(static coding => coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase))
            ?? wanted.FirstOrDefault(static coding => coding.Value == "*");
        return named is not null && (named.Quality ?? 1) > 0;
    }

    private static MetricsFormat? Match(MediaTypeHeaderValue type)
    {
        var version = type.Parameters.FirstOrDefault(static parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.Value.Value?.Trim('"');
        if (type.MediaType.Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase))
        {
            return version is null or OpenMetricsVersion ? MetricsFormat.OpenMetrics : null;
        }

        var isText = type.MatchesAllTypes || type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase)
            || (type.MatchesAllSubTypes && type.Type.Equals("text", StringComparison.OrdinalIgnoreCase));
        return isText && version is null or TextVersion ? MetricsFormat.Text : null;
    }
}
