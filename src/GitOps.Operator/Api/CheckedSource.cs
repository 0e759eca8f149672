using System.Text.Json.Nodes;
using GitOps.Manifests;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary>One source of an Application, without an error, defaults filled in.</summary>
internal sealed record CheckedSource
{
    /// <summary>Where it stands in the spec: <c>spec.source</c>, or <c>spec.sources[1]</c>.</summary>
    public required string Field { get; init; }

    /// <summary>Of the repository of Git, or of charts.</summary>
    public required string RepoUrl { get; init; }

    /// <summary>The namespace of the Application: whose credentials may be used.</summary>
    public required string Tenant { get; init; }

    public RepositoryAddress Repository => new(RepoUrl, Tenant);

    /// <summary>Branch, tag, SHA, <c>HEAD</c> or a range of versions; of a chart its version, or a range of them.</summary>
    public required string Revision { get; init; }

    /// <summary>Of the tags among which a range is looked up; empty: they have none.</summary>
    public string TagPrefix { get; init; } = string.Empty;

    /// <summary>Which commit of the repository is meant.</summary>
    public RevisionName RevisionName => new(Revision, TagPrefix);

    /// <summary>The same as text.</summary>
    public string FullRevision => TagPrefix.Length == 0 ? Revision : RevisionName.ToString();

    /// <summary>Of the directory, without leading or trailing slash; empty: the root of the repository, or of the chart.</summary>
    public required string Path { get; init; }

    /// <summary>The name of a chart; null: the source is a directory of a Git repository.</summary>
    public string? Chart { get; init; }

    /// <summary>By which other sources name its files: <c>$REF/…</c>; null: by none.</summary>
    public string? Ref { get; init; }

    /// <summary>What people call it; null: nothing.</summary>
    public string? Name { get; init; }

    /// <summary>False: other sources read its files, and nothing of it is rendered by itself.</summary>
    public bool IsRendered { get; init; } = true;

    /// <summary>What the options that are set say it is; null: its files say.</summary>
    public SourceKind? Kind { get; init; }

    /// <summary>Options of plain manifests.</summary>
    public required DirectoryOptions Directory { get; init; }

    /// <summary>Options of a kustomization.</summary>
    public KustomizeSettings Kustomize { get; init; } = KustomizeSettings.None;

    /// <summary>Options of a chart.</summary>
    public HelmSettings Helm { get; init; } = HelmSettings.None;

    /// <summary>For whom it is rendered, with the source as it is written.</summary>
    public required BuildIdentity Build { get; init; }

    /// <summary>Which commits may be deployed.</summary>
    public SourcePolicy Policy { get; init; } = SourcePolicy.None;

    public bool IsChart => Chart is not null;

    public RenderedSource Rendered => new(Path, Kind, Directory, Kustomize, Build) { Helm = Helm, Tenant = Tenant };

    /// <summary>As it is written; not to be changed.</summary>
    public JsonObject Written => Build.Source;
}
