using System.Collections.Immutable;
using GitOps.Manifests.Helm;

namespace GitOps.Operator.Api;

/// <summary>What an Application tells its chart: Argo CD's fields, paths and variables as they are written.</summary>
internal sealed record HelmSettings
{
    public static readonly HelmSettings None = new();

    /// <summary>Null: the Application's name.</summary>
    public string? ReleaseName { get; init; }

    /// <summary>Null: the destination's.</summary>
    public string? Namespace { get; init; }

    /// <summary>Null: the cluster's.</summary>
    public string? KubeVersion { get; init; }

    /// <summary>Empty: the cluster's.</summary>
    public ImmutableArray<string> ApiVersions { get; init; } = [];

    public ImmutableArray<string> ValueFiles { get; init; } = [];

    /// <summary>YAML, or JSON; empty: none.</summary>
    public string Values { get; init; } = string.Empty;

    public ImmutableArray<HelmParameter> Parameters { get; init; } = [];

    /// <summary>Names and paths.</summary>
    public ImmutableArray<(string Name, string Path)> FileParameters { get; init; } = [];

    public bool SkipCrds { get; init; }

    public bool SkipTests { get; init; }

    public bool SkipSchemaValidation { get; init; }

    public bool IgnoreMissingValueFiles { get; init; }

    public bool PassCredentials { get; init; }

    /// <summary>All of it, which is part of what a rendering is made of.</summary>
    public string Text { get; init; } = string.Empty;

    /// <summary>Whether what is rendered may depend on a variable of the build.</summary>
    public bool HasVariables => Text.Contains('$', StringComparison.Ordinal);
}
