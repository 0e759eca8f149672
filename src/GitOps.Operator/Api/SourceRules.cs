using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Manifests;
using GitOps.Operator.Model.Versions;

namespace GitOps.Operator.Api;

/// <summary><c>spec.source</c> and <c>spec.sources</c>: directories of Git repositories, and charts.</summary>
internal static class SourceRules
{
    /// <summary>So that status and history stay short.</summary>
    private const int Most = 20;

    private static readonly SearchValues<char> RangeLetters = SearchValues.Create("*^~<>=|, ");

    // What Argo CD's parameter files cannot change.
    private static readonly string[] Fixed = ["repoURL", "path", "targetRevision", "tagPrefix", "chart", "ref", "verify", "allowedRevisions"];

    /// <param name="application">Whose sources they are.</param>
    /// <param name="policy">Where the operator's own namespace is.</param>
    /// <param name="errors">Where errors go.</param>
    /// <returns>Empty: there are none, and the errors say so.</returns>
    public static ImmutableArray<CheckedSource> Check(ApplicationResource application, TrustPolicy policy, SpecErrors errors)
    {
        var (spec, raw) = (application.Spec, application.RawSpec);
        if (spec.Sources.Length > Most)
        {
            errors.Invalid("spec.sources", $"has {spec.Sources.Length} sources, and {Most} are the most; make several Applications of it");
            return [];
        }

        if (!spec.Sources.IsEmpty)
        {
            ImmutableArray<CheckedSource> sources = [.. spec.Sources.Select((source, i) => Check(
                source, (raw["sources"] as JsonArray)?[i] as JsonObject, string.Create(CultureInfo.InvariantCulture, $"spec.sources[{i}]"), application, policy, errors))];
            CheckReferences(sources, errors);
            CheckFiles(sources, errors);
            return sources;
        }

        if (spec.Source is not null)
        {
            ImmutableArray<CheckedSource> sources = [Check(spec.Source, raw["source"] as JsonObject, "spec.source", application, policy, errors)];
            CheckFiles(sources, errors);
            return sources;
        }

        errors.Invalid(raw.ContainsKey("sources") ? "spec.sources" : "spec.source", "missing: set repoURL, targetRevision and path of a Git directory");
        return [];
    }

    /// <summary>What is taken, and not acted on as somebody may think.</summary>
    public static ImmutableArray<string> Warnings(ApplicationSpec spec) =>
        spec.Source is not null && !spec.Sources.IsEmpty ? ["spec.source is not used, since spec.sources is set; remove it"] : [];

    /// <summary>A source that files of its directory changed.</summary>
    /// <param name="merged">As it is now.</param>
    /// <param name="source">As the spec has it: what it is and where it comes from stays.</param>
    /// <param name="errors">Where errors go.</param>
    public static RenderedSource CheckMerged(JsonObject merged, RenderedSource source, SpecErrors errors)
    {
        const string Field = "spec.source";
        var json = (JsonObject)merged.DeepClone();
        foreach (var name in Fixed)
        {
            json.Remove(name);
            if (source.Build.Source[name] is { } value)
            {
                json[name] = value.DeepClone();
            }
        }

        SpecFields.CheckSource(json, errors);
        var read = ApiJson.Read(json, ApiJson.Default.ApplicationSource, Field, out var misfits) ?? new();
        foreach (var misfit in misfits)
        {
            errors.Invalid(misfit.Path, $"expected {misfit.Expected}");
        }

        return source with
        {
            Kind = KindOf(read, json, Field, errors),
            Directory = DirectoryOf(read),
            Kustomize = KustomizeRules.Check(json["kustomize"], $"{Field}.kustomize", errors),
            Helm = HelmRules.Check(json["helm"], $"{Field}.helm", errors),
        };
    }

    private static CheckedSource Check(
        ApplicationSource source, JsonObject? raw, string field, ApplicationResource application, TrustPolicy policy, SpecErrors errors)
    {
        var chart = source.Chart.NullIfEmpty() ?? (SourceUrls.IsRegistry(source.RepoUrl) ? string.Empty : null);
        var kind = KindOf(source, raw, field, errors);
        var isReference = source.Ref.NullIfEmpty() is not null && string.IsNullOrEmpty(source.Path) && chart is null;
        if (chart is null)
        {
            SourceUrls.Check(source.RepoUrl, $"{field}.repoURL", errors);
            CheckRevision(source.TargetRevision, $"{field}.targetRevision", errors);
            CheckTagPrefix(source.TagPrefix, source.TargetRevision, $"{field}.tagPrefix", errors);
        }
        else
        {
            CheckChart(source, kind, field, errors);
        }

        if (isReference && kind is not null)
        {
            errors.Contradiction($"{field}.path", "missing, so that other sources only read the files of this one, and its options are for nothing; set it, or remove the options");
        }

        return new()
        {
            Field = field,
            RepoUrl = source.RepoUrl ?? string.Empty,
            Tenant = application.Metadata.Namespace,
            Revision = string.IsNullOrEmpty(source.TargetRevision) && chart is null ? "HEAD" : source.TargetRevision ?? string.Empty,
            TagPrefix = source.TagPrefix ?? string.Empty,
            Path = isReference || (chart is not null && string.IsNullOrEmpty(source.Path)) ? string.Empty : NormalisePath(source.Path, $"{field}.path", errors),
            Chart = chart,
            Ref = source.Ref.NullIfEmpty(),
            IsRendered = !isReference,
            Name = source.Name.NullIfEmpty(),
            Kind = chart is { Length: > 0 } ? SourceKind.Helm : kind,
            Directory = DirectoryOf(source),
            Kustomize = KustomizeRules.Check(raw?["kustomize"], $"{field}.kustomize", errors),
            Helm = HelmRules.Check(raw?["helm"], $"{field}.helm", errors),
            Build = BuildIdentity.Of(application, policy.OperatorNamespace, raw ?? []),
            Policy = VerifyRules.Check(source.Verify, source.AllowedRevisions, chart is not null, field, errors),
        };
    }

    private static void CheckChart(ApplicationSource source, SourceKind? kind, string field, SpecErrors errors)
    {
        SourceUrls.CheckChart(source.RepoUrl, $"{field}.repoURL", errors);
        if (string.IsNullOrEmpty(source.TargetRevision))
        {
            errors.Invalid($"{field}.targetRevision", "missing: set the version of the chart, or a range of versions like 1.x");
        }

        if (!string.IsNullOrEmpty(source.TagPrefix))
        {
            errors.Contradiction($"{field}.tagPrefix", "versions of charts have no prefix; remove it");
        }

        if (string.IsNullOrEmpty(source.Chart) && (source.Verify is not null || !source.AllowedRevisions.IsEmpty))
        {
            errors.Unsupported(
                $"{field}.{(source.Verify is null ? "allowedRevisions" : "verify")}",
                "is about commits and charts, and an artefact of manifests is neither; name its digest (sha256:…) in targetRevision, and remove it");
        }

        if (!string.IsNullOrEmpty(source.Ref))
        {
            errors.Contradiction($"{field}.ref", "other sources can read files of a Git repository, not those of a chart; remove it");
        }

        if (!string.IsNullOrEmpty(source.Chart) && source.Path is not (null or "" or "." or "./"))
        {
            errors.Contradiction($"{field}.path", "a chart is rendered whole; remove it, or remove chart");
        }

        if (!string.IsNullOrEmpty(source.Chart) && kind is SourceKind.Kustomize or SourceKind.Directory)
        {
            errors.Contradiction($"{field}.{(kind == SourceKind.Kustomize ? "kustomize" : "directory")}", "a chart is rendered by Helm; remove it, or remove chart");
        }
    }

    /// <summary>What begins with a dollar names another source, or a variable of the build, and nothing else.</summary>
    private static void CheckFiles(ImmutableArray<CheckedSource> sources, SpecErrors errors)
    {
        foreach (var source in sources)
        {
            var files = source.Helm.ValueFiles.Select(static (file, i) => (File: file, Field: string.Create(CultureInfo.InvariantCulture, $"valueFiles[{i}]")))
                .Concat(source.Helm.FileParameters.Select(static (item, i) => (File: item.Path, Field: string.Create(CultureInfo.InvariantCulture, $"fileParameters[{i}].path"))));
            foreach (var (file, field) in files)
            {
                var cut = file.IndexOf('/', StringComparison.Ordinal);
                if (cut > 1 && file[0] == '$' && file[1..cut].All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
                    && source.Build.ValueOf(file[1..cut], string.Empty) is null
                    && !sources.Any(other => string.Equals(other.Ref, file[1..cut], StringComparison.Ordinal)))
                {
                    errors.Invalid($"{source.Field}.helm.{field}", $"'{file}': no source of spec.sources has the ref {file[1..cut]}; add one, or correct the name");
                }
            }
        }
    }

    private static void CheckReferences(ImmutableArray<CheckedSource> sources, SpecErrors errors)
    {
        var names = new Dictionary<string, CheckedSource>(StringComparer.Ordinal);
        foreach (var source in sources.Where(static source => source.Ref is not null))
        {
            if (!source.Ref!.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            {
                errors.Invalid($"{source.Field}.ref", $"'{source.Ref}' is no name of letters, digits, - and _");
            }
            else if (!names.TryAdd(source.Ref!, source))
            {
                errors.Invalid($"{source.Field}.ref", $"'{source.Ref}' is the name of {names[source.Ref!].Field} already; choose another");
            }
        }

        if (sources.All(static source => !source.IsRendered))
        {
            errors.Invalid("spec.sources", "nothing is rendered: no source has a path or a chart");
        }
    }

    private static DirectoryOptions DirectoryOf(ApplicationSource source) =>
        new(source.Directory?.Recurse == true, source.Directory?.Include.NullIfEmpty(), source.Directory?.Exclude.NullIfEmpty());

    /// <summary>Options that are set say what the directory is, as with Argo CD: empty ones say nothing.</summary>
    private static SourceKind? KindOf(ApplicationSource source, JsonObject? raw, string field, SpecErrors errors)
    {
        var isKustomize = KustomizeRules.IsSet(raw?["kustomize"]);
        var isDirectory = DirectoryOf(source) != DirectoryOptions.None;
        if (isKustomize && isDirectory)
        {
            errors.Contradiction($"{field}.kustomize", $"{field}.directory is set too, and a directory is either a kustomization or plain manifests; remove one of the two");
        }

        var isHelm = HelmRules.IsSet(raw?["helm"]);
        if (isHelm && (isKustomize || isDirectory))
        {
            errors.Contradiction(
                $"{field}.helm", $"{field}.{(isKustomize ? "kustomize" : "directory")} is set too, and a directory is a chart, a kustomization or plain manifests; remove one of the two");
        }

        return isHelm ? SourceKind.Helm : isKustomize ? SourceKind.Kustomize : isDirectory ? SourceKind.Directory : null;
    }

    private static void CheckRevision(string? revision, string field, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(revision) || VersionRange.IsRange(revision))
        {
            return;
        }

        if (!revision.StartsWith("refs/", StringComparison.Ordinal) && revision.AsSpan().ContainsAny(RangeLetters))
        {
            errors.Invalid(
                field, $"'{revision}' is no range of versions, as are ^1.2, 1.x and '>=1.0 <2.0'; write refs/heads/{revision} if it is a branch");
        }
        else if (!IsRevision(revision))
        {
            errors.Invalid(field, $"'{revision}' is no branch, tag, SHA or range of versions");
        }
    }

    private static void CheckTagPrefix(string? prefix, string? revision, string field, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(prefix))
        {
            return;
        }

        if (string.IsNullOrEmpty(revision) || (!VersionRange.IsRange(revision) && SemanticVersion.Parse(revision) is null))
        {
            errors.Contradiction(field, $"targetRevision '{revision}' is no version or range of versions, and only those are looked up among tags; remove it");
        }
        else if (prefix.StartsWith("refs/", StringComparison.Ordinal) || !IsRevision(prefix + "1"))
        {
            errors.Invalid(field, $"'{prefix}' is not what a tag's name begins with; write it without refs/tags/");
        }
    }

    /// <summary>What <c>git check-ref-format</c> lets pass, and nothing that a program could take for an option.</summary>
    private static bool IsRevision(string revision) =>
        revision[0] is not ('-' or '/') && revision[^1] is not ('/' or '.')
        && !revision.Contains("..", StringComparison.Ordinal) && !revision.Contains("@{", StringComparison.Ordinal)
        && !revision.Contains("//", StringComparison.Ordinal) && !revision.EndsWith(".lock", StringComparison.Ordinal)
        && !revision.Any(static letter => char.IsControl(letter) || char.IsWhiteSpace(letter) || letter is ':' or '?' or '[' or '\\' or '*' or '^' or '~');

    private static string NormalisePath(string? path, string field, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(path))
        {
            errors.Invalid(field, "missing: set the directory, or . for the repository's root");
            return string.Empty;
        }

        if (path[0] == '/')
        {
            errors.Invalid(field, $"'{path}' must be relative to the repository's root; remove the leading /");
            return string.Empty;
        }

        var parts = path.Split('/').Where(static part => part is not ("" or ".")).ToArray();
        if (parts.Contains("..", StringComparer.Ordinal) || path.Any(char.IsControl))
        {
            errors.Invalid(field, $"'{path}' must not lead out of the repository: '..' is not allowed");
            return string.Empty;
        }

        return string.Join('/', parts);
    }
}
