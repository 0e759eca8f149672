using System.Collections.Immutable;

namespace GitOps.Operator.Observability;

/// <summary>How an Application stands, for the series that are its own.</summary>
/// <param name="Namespace">Of the Application.</param>
/// <param name="Name">Of the Application.</param>
internal sealed record ApplicationReading(string Namespace, string Name)
{
    public string Project { get; init; } = string.Empty;

    /// <summary>Of the first source, without a user, a password or a query.</summary>
    public string Repository { get; init; } = string.Empty;

    public string SyncStatus { get; init; } = "Unknown";

    public string HealthStatus { get; init; } = "Unknown";

    /// <summary>Null: it never had a health.</summary>
    public DateTimeOffset? HealthSince { get; init; }

    /// <summary>Syncs by itself.</summary>
    public bool IsAutomated { get; init; }

    /// <summary>Sets drift right by itself.</summary>
    public bool Heals { get; init; }

    /// <summary>Objects that differ from what was applied.</summary>
    public long Drifted { get; init; }

    /// <summary>Since when the oldest of them does; null: none does.</summary>
    public DateTimeOffset? DriftSince { get; init; }

    /// <summary>Objects that others change again and again.</summary>
    public long Contested { get; init; }

    /// <summary>What is wrong or held back, one of <see cref="MetricLabels.Condition"/>, and since when.</summary>
    public ImmutableArray<(string Condition, DateTimeOffset Since)> Conditions { get; init; } = [];

    /// <summary>The URL without anything that could be secret.</summary>
    public static string Public(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            return url.Contains('@', StringComparison.Ordinal) ? url[(url.LastIndexOf('@') + 1)..] : url;
        }

        return uri.IsFile ? uri.GetLeftPart(UriPartial.Path) : uri.GetComponents(
            UriComponents.Scheme | UriComponents.Host | UriComponents.Port | UriComponents.Path, UriFormat.UriEscaped);
    }
}
